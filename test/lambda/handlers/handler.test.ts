import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createAwsArchive } from '../../../lambda/aws/archive.ts';
import {
  type Invoked,
  invokeBundle,
  type LambdaCall,
  startLambda,
  type WarmLambda,
} from '../../fakes/invoke-bundle.ts';
import { describeWithMoto, type Moto } from '../../fakes/moto.ts';
import { makeOutcome, makeReport } from '../../fakes/report.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';

const CANARY = 'canary5ecret';
const EXECUTION = 'arn:aws:states:eu-west-1:123456789012:execution:rotator-fan-out:1';

describeWithMoto('the bundled handlers over HTTP', (moto) => {
  const bundle = inject('built').lambda;
  let warm: WarmLambda;
  let server: RotatingServer;
  let deployment: Deployment;

  beforeAll(() => {
    warm = startLambda(bundle);
  });
  afterAll(() => warm.close());
  beforeEach(async () => {
    server = await startRotatingServer(['acme', 'brandx', 'calm'], CANARY);
    deployment = await deploy(moto());
  });
  afterEach(() => server.close());

  const invoke = (
    event: unknown,
    handler: LambdaCall['handler'] = 'handler',
    alias?: string,
  ): Promise<Invoked> => warm.invoke({ handler, event, env: deployment.env, alias });

  const startCold = (
    event: unknown,
    handler: LambdaCall['handler'] = 'handler',
  ): Promise<Invoked> => invokeBundle({ bundle, handler, event, env: deployment.env });

  it.each([
    ['in processes of their own', startCold],
    ['in one process', invoke],
  ])('rotates every tenant, run after run, %s, and tells nobody a secret', async (_where, how) => {
    await deployment.save('default', vault(server, ['acme', 'brandx']));
    for (const _run of [1, 2]) {
      const { result, error, output } = await how({});
      expect(error).toBeUndefined();
      expect(result).toMatchObject({ summary: { total: 2, rotated: 2, failed: 0 } });
      expect(output).not.toContain(CANARY);
      expect(JSON.stringify(result)).not.toContain(CANARY);
    }
    expect(server.reuses()).toBe(0);
    const tenants = await deployment.tenants('default');
    expect(tenants).toMatchObject({
      acme: { refresh_token: server.valid.get('acme') },
      brandx: { refresh_token: server.valid.get('brandx') },
    });
    expect(await deployment.published('default')).toMatchObject({
      acme: { access_token: `acme.access.2.${CANARY}` },
    });
  });

  it('logs the result, archives the whole report, and prints its metrics', async () => {
    await deployment.save('default', vault(server, ['acme']));
    const { result, output } = await invoke({ tenant: 'acme' });
    const lines = output.split('\n').flatMap(parseLine);
    expect(lines).toContainEqual(expect.objectContaining(result as object));
    expect(lines).toContainEqual(
      expect.objectContaining({ name: deployment.name, Rotated: 1, Failed: 0 }),
    );
    const { report_key } = result as { report_key: string };
    expect(await deployment.archive.get(report_key)).toMatchObject({ summary: { rotated: 1 } });
  });

  it('holds a drill, and says what would come back', async () => {
    await deployment.save('default', vault(server, ['acme', 'brandx']));
    for (const _run of [1, 2]) {
      await invoke({});
    }
    const asked = server.requests();
    const { result, output } = await invoke({ drill: true });
    expect(result).toMatchObject({ back: 2, of: 2, shards: [{ missing: [] }], failures: [] });
    const lines = output.split('\n').flatMap(parseLine);
    expect(lines).toContainEqual(
      expect.objectContaining({ name: deployment.name, DrillBack: 2, DrillMissing: 0 }),
    );
    expect(server.requests()).toBe(asked);
    expect(output).not.toContain(CANARY);
  });

  it('fails a drill that can say nothing of a shard, once it has told the rest', async () => {
    await deployment.save('default', 'no map');
    const { error, output } = await invoke({ drill: true });
    expect(error).toMatchObject({
      errorType: 'ShardsFailedError',
      errorMessage: expect.stringMatching(/^Shard default failed \(shard_unreadable\)/),
    });
    expect(output.split('\n').flatMap(parseLine)).toContainEqual(
      expect.objectContaining({
        back: 0,
        failures: [expect.objectContaining({ shard: 'default' })],
      }),
    );
  });

  it.each([
    [{ drill: 'yes' }, 'EventError'],
    [{ tenent: 'acme' }, 'EventError'],
    [{ tenant: 'nobody' }, 'RunError'],
  ])('rotates nothing for %j', async (event, errorType) => {
    await deployment.save('default', vault(server, ['acme']));
    const { error } = await invoke(event);
    expect(error?.errorType).toBe(errorType);
    expect(server.requests()).toBe(0);
  });

  it('names what its environment lacks', async () => {
    const { ARCHIVE_BUCKET: _bucket, ...env } = deployment.env;
    const { error } = await warm.invoke({ handler: 'handler', event: {}, env });
    expect(error).toMatchObject({
      errorType: 'ConfigError',
      errorMessage: expect.stringContaining('ARCHIVE_BUCKET'),
    });
  });

  it('fails for a shard that cannot be read once the others are settled', async () => {
    await deployment.save('default', vault(server, ['acme']));
    await deployment.save('broken', `{"tenants": "${CANARY}`);
    const { error, output } = await invoke({});
    expect(error).toMatchObject({
      errorType: 'ShardsFailedError',
      errorMessage: expect.stringMatching(/broken.*shard_unreadable/),
    });
    expect(JSON.stringify(error) + output).not.toContain(CANARY);
    expect(await deployment.tenants('default')).toMatchObject({
      acme: { refresh_token: server.valid.get('acme') },
    });
  });

  it('returns a failed tenant as a result, without what the server said', async () => {
    await deployment.save('default', vault(server, ['acme', 'stranger']));
    const { result, output } = await invoke({});
    expect(result).toMatchObject({ summary: { rotated: 1, failed: 1 } });
    expect(JSON.stringify(result)).toContain('needs_authorization');
    expect(JSON.stringify(result) + output).not.toContain(CANARY);
  });

  it('finds nothing to do in secrets that the stack has just created', async () => {
    const { result } = await invoke({});
    expect(result).toMatchObject({ summary: { total: 0 } });
  });

  it('mails what changed, once', async () => {
    await deployment.save('default', vault(server, ['acme', 'stranger']));
    await invoke({});
    await invoke({});
    const mails = await deployment.mails();
    expect(mails).toEqual([
      expect.stringContaining(
        'Tenants that newly fail (1):\n- stranger (oauth2, shard default): needs_authorization',
      ),
    ]);
    expect(mails.join()).not.toContain(CANARY);
  });

  describe('fanOutShards', () => {
    it('names the shards of the rule, and those whose vault secret is gone', async () => {
      for (const shard of ['eu', 'eu/backup', '-x']) {
        await deployment.save(shard, '{}');
      }
      await deployment.forget('lost', {});
      await deployment.forget('given-up', { forgotten_at: '2026-11-22T02:17:03.120Z' });
      const { result } = await invoke({}, 'fanOutShards');
      expect(result).toEqual({ shards: ['default', 'eu', 'lost'] });
    });
  });

  describe('fanOutDigest', () => {
    it('mails a shard that failed all its attempts, and leaves out other fan-outs', async () => {
      await deployment.save('eu', '{"tenants": ');
      // In a fan-out the rotation mails nothing.
      const { ALERTS_TOPIC_ARN: _topic, ...env } = deployment.env;
      for (const _attempt of [1, 2, 3]) {
        const { error } = await warm.invoke({
          handler: 'handler',
          event: { shard: 'eu' },
          env,
          clientContext: { custom: { fan_out: EXECUTION } },
        });
        expect(error?.errorType).toBe('ShardsFailedError');
      }
      const end = { started_at: '2026-11-22T02:17:03Z', failed_shards: ['eu'] };
      const other = `${EXECUTION}-other`;
      await invoke({ ...end, execution: other, failed_shards: [] }, 'fanOutDigest');
      expect(await deployment.mails()).toEqual([]);
      await invoke({ ...end, execution: EXECUTION }, 'fanOutDigest');
      const [mail = ''] = await deployment.mails();
      expect(mail).toContain('Shards that failed (1):\n- shard eu: shard_unreadable');
    });

    it('mails what every report since the start says, and which shards have none', async () => {
      const error = {
        code: 'needs_authorization' as const,
        retryable: false,
        message: 'm',
        next_step: 'n',
      };
      for (const [startedAt, tenant] of [
        ['2026-11-22T02:17:02.999Z', 'before'],
        ['2026-11-22T02:17:03.120Z', 'acme'],
        ['2026-11-22T02:18:00.000Z', 'brandx'],
      ]) {
        const report = makeReport(
          [makeOutcome(`${tenant}`, 'failed', { error, newly_failing: true })],
          { started_at: `${startedAt}` },
        );
        await deployment.archive.put(`runs/${startedAt}-run.json`, report);
      }
      const { result } = await invoke(
        { started_at: '2026-11-22T02:17:03Z', execution: EXECUTION, failed_shards: ['eu'] },
        'fanOutDigest',
      );
      expect(result).toEqual({ reports: 2, mailed: true });
      const [mail = ''] = await deployment.mails();
      expect(mail).toContain('acme');
      expect(mail).toContain('brandx');
      expect(mail).toContain('- shard eu\n');
      expect(mail).not.toContain('before');
    });

    it.each([
      [{}],
      [{ started_at: 'today', execution: EXECUTION, failed_shards: [] }],
      [{ started_at: '2026-11-22T02:17:03Z', execution: EXECUTION, failed_shards: ['../x'] }],
    ])('refuses %j', async (event) => {
      expect((await invoke(event, 'fanOutDigest')).error?.errorType).toBe('EventError');
    });
  });

  describe('refresh', () => {
    it('answers with the status of one tenant alone', async () => {
      await deployment.save('default', vault(server, ['acme', 'calm']));
      const { result, output } = await startCold({ tenant: 'acme' }, 'refresh');
      expect(result).toEqual({ status: 'rotated', expires_at: expect.stringMatching(/Z$/) });
      expect(output).not.toContain(CANARY);
      expect(await deployment.published('default')).toMatchObject({
        acme: { access_token: `acme.access.1.${CANARY}` },
      });
    });

    it('refreshes the shard of the alias, and no other that the event names', async () => {
      await deployment.save('eu', vault(server, ['acme']));
      await deployment.save('us', vault(server, ['brandx']));
      expect(await invoke({ tenant: 'acme' }, 'refresh', 'shard-eu')).toMatchObject({
        result: { status: 'rotated' },
      });
      const other = await invoke({ tenant: 'brandx', shard: 'us' }, 'refresh', 'shard-eu');
      expect(other.error).toMatchObject({
        errorType: 'EventError',
        errorMessage: expect.stringContaining('for eu alone'),
      });
      expect(server.requests()).toBe(1);
    });

    it('refuses an alias of no shard', async () => {
      await deployment.save('default', vault(server, ['acme']));
      const { error } = await invoke({ tenant: 'acme' }, 'refresh', 'shard-a_b');
      expect(error).toMatchObject({ errorType: 'EventError' });
      expect(server.requests()).toBe(0);
    });

    it('refuses any other event', async () => {
      const { error } = await invoke({}, 'refresh');
      expect(error).toMatchObject({
        errorType: 'EventError',
        errorMessage: 'The event must name a "tenant".',
      });
    });
  });
});

function parseLine(line: string): unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return [value];
  } catch {
    return [];
  }
}

function vault({ tokenUrl }: RotatingServer, tenants: readonly string[]): string {
  const entry = (name: string) => ({
    provider: 'oauth2',
    token_url: tokenUrl,
    client_id: 'client',
    client_secret: `client.${CANARY}`,
    refresh_token: `${name}.refresh.0.${CANARY}`,
  });
  return JSON.stringify({
    version: 1,
    tenants: Object.fromEntries(tenants.map((name) => [name, entry(name)])),
  });
}

type Deployment = Awaited<ReturnType<typeof deploy>>;

/** What the stack creates, under a name of its own: secrets without a value and a bucket. */
async function deploy({ clientConfig, env, url }: Moto) {
  const name = `rotator-${randomUUID()}`;
  const secrets = new SecretsManagerClient(clientConfig);
  const s3 = new S3Client(clientConfig);
  const bucket = `${name}-archive`;
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  const { TopicArn: topic = '' } = await new SNSClient(clientConfig).send(
    new CreateTopicCommand({ Name: name }),
  );
  for (const secret of ['tenants', 'access-tokens']) {
    await secrets.send(new CreateSecretCommand({ Name: `${name}/${secret}` }));
  }

  const secretName = (kind: string, shard: string) =>
    shard === 'default' ? `${name}/${kind}` : `${name}/${kind}/${shard}`;
  const readTenants = async (kind: string, shard: string): Promise<unknown> => {
    const { SecretString = '{}' } = await secrets.send(
      new GetSecretValueCommand({ SecretId: secretName(kind, shard), VersionStage: 'AWSCURRENT' }),
    );
    return JSON.parse(SecretString).tenants;
  };
  return {
    name,
    archive: createAwsArchive(s3, bucket),
    env: {
      ...env,
      TENANTS_SECRET: `${name}/tenants`,
      ACCESS_TOKENS_SECRET: `${name}/access-tokens`,
      ARCHIVE_BUCKET: bucket,
      ALERTS_TOPIC_ARN: topic,
      ALLOW_LOOPBACK_HTTP: 'true',
    },
    /**
     * Saves a vault, as an operator does in the console; a shard's first one creates its secrets.
     */
    async save(shard: string, text: string) {
      if (shard !== 'default') {
        for (const kind of ['tenants', 'access-tokens']) {
          await secrets.send(new CreateSecretCommand({ Name: secretName(kind, shard) }));
        }
      }
      await secrets.send(
        new PutSecretValueCommand({ SecretId: secretName('tenants', shard), SecretString: text }),
      );
    },
    /** Leaves the state of a shard that has no secret. */
    async forget(shard: string, state: object) {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: `state/${shard}.json`,
          Body: JSON.stringify(state),
        }),
      );
    },
    /** The texts that the topic was given. */
    async mails(): Promise<string[]> {
      const { sns } = (await (await fetch(`${url}/moto-api/data.json`)).json()) as {
        sns: { Topic: { arn: string; sent_notifications: string[][] }[] };
      };
      return sns.Topic.filter(({ arn }) => arn === topic).flatMap(({ sent_notifications }) =>
        sent_notifications.map(([, text = '']) => text),
      );
    },
    tenants: (shard: string) => readTenants('tenants', shard),
    published: (shard: string) => readTenants('access-tokens', shard),
  };
}
