import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { createDeployedSource } from '../../../lib/client/deployed-source.ts';
import { createTokenClient } from '../../../lib/client/token-client.ts';
import { awsError } from '../../fakes/aws-error.ts';
import { startLambda, type WarmLambda } from '../../fakes/invoke-bundle.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../fakes/lambda-endpoint.ts';
import { describeWithMoto, type Moto } from '../../fakes/moto.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';

const CANARY = 'canary5ecret';

describe(createDeployedSource.name, () => {
  const secrets = mockClient(SecretsManagerClient);
  const lambda = mockClient(LambdaClient);
  beforeEach(() => {
    secrets.reset();
    lambda.reset();
  });
  afterAll(() => {
    secrets.restore();
    lambda.restore();
  });
  const open = () => createDeployedSource('rotator', 'refresh', { region: 'eu-west-1' });
  const ask = { tenant: 'acme', shard: 'eu', refused: null };
  const answer = (payload: unknown, failed = false) =>
    lambda.on(InvokeCommand).resolves({
      Payload: Buffer.from(JSON.stringify(payload)) as never,
      ...(failed && { FunctionError: 'Unhandled' }),
    });

  /** The functions that were invoked, with their aliases. */
  const called = () =>
    lambda
      .commandCalls(InvokeCommand)
      .map(({ args: [{ input }] }) => [input.FunctionName, input.Qualifier ?? []].flat().join(':'));

  it('reads the current version of the secret of a shard', async () => {
    const createdAt = new Date('2026-11-22T02:17:00.000Z');
    secrets
      .on(GetSecretValueCommand)
      .resolves({ VersionId: 'v1', CreatedDate: createdAt, SecretString: '{}' });
    expect(await open().read('default')).toEqual({
      versionId: 'v1',
      createdAt: createdAt.getTime(),
      text: '{}',
    });
    await open().read('eu');
    expect(
      secrets.commandCalls(GetSecretValueCommand).map(({ args: [{ input }] }) => input),
    ).toEqual([
      { SecretId: 'rotator/access-tokens', VersionStage: 'AWSCURRENT' },
      { SecretId: 'rotator/access-tokens/eu', VersionStage: 'AWSCURRENT' },
    ]);
  });

  it('takes a secret without a value for an empty one', async () => {
    secrets.on(GetSecretValueCommand).rejects(awsError('ResourceNotFoundException', 400));
    expect(await open().read('default')).toBeNull();
  });

  it('names the permission that is missing', async () => {
    secrets.on(GetSecretValueCommand).rejects(awsError('AccessDeniedException', 403));
    await expect(open().read('eu')).rejects.toMatchObject({
      reason: 'denied',
      message: expect.stringContaining(
        'secretsmanager:GetSecretValue on secret rotator/access-tokens/eu',
      ),
    });
    lambda.on(InvokeCommand).rejects(awsError('AccessDeniedException', 403));
    await expect(open().refresh(ask)).rejects.toMatchObject({
      reason: 'denied',
      message: expect.stringContaining('lambda:InvokeFunction'),
    });
  });

  it('lists the shards page by page, and nothing that only begins alike', async () => {
    secrets
      .on(ListSecretsCommand)
      .resolvesOnce({
        SecretList: [{ Name: 'rotator/access-tokens' }, { Name: 'rotator/access-tokens-old' }],
        NextToken: 'next',
      })
      .resolvesOnce({
        SecretList: [{ Name: 'rotator/access-tokens/eu' }, { Name: 'rotator/access-tokens/a/b' }],
      });
    expect(await open().shards()).toEqual(['default', 'eu']);
  });

  it('asks the function for one tenant, with the fingerprint of what was refused', async () => {
    answer({ status: 'rotated', expires_at: '2026-11-22T03:17:00.000Z' });
    expect(await open().refresh({ ...ask, refused: fingerprint('x') })).toMatchObject({
      status: 'rotated',
    });
    await open().refresh(ask);
    const events = lambda
      .commandCalls(InvokeCommand)
      .map(({ args: [{ input }] }) => JSON.parse(Buffer.from(input.Payload as never).toString()));
    expect(events).toEqual([
      { tenant: 'acme', shard: 'eu', refused: fingerprint('x') },
      { tenant: 'acme', shard: 'eu' },
    ]);
  });

  it("invokes the alias of the tenant's shard", async () => {
    answer({ status: 'rotated' });
    await open().refresh(ask);
    await open().refresh({ ...ask, shard: 'eu.west_1' });
    expect(called()).toEqual(['refresh:shard-eu', 'refresh:shard-eu_dwest_u1']);
  });

  it.each(['ResourceNotFoundException', 'AccessDeniedException'])(
    'invokes the function itself, from then on, where %s answers the alias',
    async (name) => {
      answer({ status: 'rotated' });
      lambda.on(InvokeCommand, { Qualifier: 'shard-eu' }).rejects(awsError(name, 404));
      const source = open();
      for (let i = 0; i < 2; i++) {
        expect(await source.refresh(ask)).toEqual({ status: 'rotated' });
      }
      expect(called()).toEqual(['refresh:shard-eu', 'refresh', 'refresh']);
    },
  );

  it.each(['arn:aws:lambda:eu-west-1:123456789012:function:refresh:live', 'refresh:live'])(
    'invokes %s as it is named',
    async (named) => {
      answer({ status: 'rotated' });
      await createDeployedSource('rotator', named, { region: 'eu-west-1' }).refresh(ask);
      expect(called()).toEqual([named]);
    },
  );

  it('tells an unknown tenant from other failures of the function', async () => {
    answer(
      { errorType: 'UnknownTenantError', errorMessage: 'There is no tenant acme in shard eu.' },
      true,
    );
    expect(await open().refresh(ask)).toEqual({ status: 'unknown_tenant' });
    answer({ errorType: 'RunError', errorMessage: 'Shard eu cannot be read.' }, true);
    await expect(open().refresh(ask)).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('Shard eu cannot be read'),
    });
  });

  it('repeats nothing of an error that is not the function’s own', async () => {
    answer({ errorType: 'TypeError', errorMessage: CANARY }, true);
    await expect(open().refresh(ask)).rejects.toMatchObject({
      message: expect.not.stringContaining(CANARY),
    });
  });

  it('says what to name where no function is named', async () => {
    await expect(createDeployedSource('rotator', null, {}).refresh(ask)).rejects.toMatchObject({
      name: 'TokenError',
      nextStep: expect.stringContaining('RefreshFunctionName'),
    });
  });
});

describeWithMoto('a client of a deployed stack, over HTTP', (moto) => {
  let warm: WarmLambda;
  let server: RotatingServer;
  let endpoint: LambdaEndpoint;
  let name: string;

  beforeAll(() => {
    warm = startLambda(inject('built').lambda);
  });
  afterAll(() => warm.close());
  beforeEach(async () => {
    server = await startRotatingServer(['acme', 'brandx'], CANARY);
    name = `rotator-${randomUUID()}`;
    const env = await deploy(moto(), name, server.tokenUrl);
    endpoint = await startLambdaEndpoint({
      [`${name}-Refresh:shard-default`]: (event, alias) =>
        warm.invoke({ handler: 'refresh', event, env, alias }),
    });
    for (const [key, value] of Object.entries(moto().env)) {
      vi.stubEnv(key, value);
    }
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', endpoint.url);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await endpoint.close();
    await server.close();
  });

  it('has the function refresh once, and gives the token that was published', async () => {
    const client = createTokenClient({ name, refreshFunction: `${name}-Refresh` });
    const got = await Promise.all(Array.from({ length: 100 }, () => client.accessToken('acme')));
    expect(new Set(got)).toEqual(new Set([`acme.access.1.${CANARY}`]));
    expect(await client.accessToken('brandx')).toBe(`brandx.access.1.${CANARY}`);
    expect(endpoint.invocations).toEqual([
      {
        functionName: `${name}-Refresh`,
        alias: 'shard-default',
        event: { tenant: 'acme', shard: 'default' },
      },
    ]);
    expect(await client.tenants()).toEqual(['acme', 'brandx']);
  });

  it('tells an unknown tenant, and a function that is not there', async () => {
    const client = createTokenClient({ name, refreshFunction: `${name}-Refresh` });
    await expect(client.accessToken('nobody')).rejects.toMatchObject({ code: 'unknown_tenant' });
    const lost = createTokenClient({ name, refreshFunction: 'elsewhere' });
    await expect(lost.accessToken('nobody')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('elsewhere'),
    });
  });
});

/**
 * The secrets and the bucket of a stack, with two tenants that never were rotated. Returns the
 * environment of its functions.
 */
async function deploy(
  { clientConfig, env }: Moto,
  name: string,
  tokenUrl: string,
): Promise<Record<string, string>> {
  const secrets = new SecretsManagerClient(clientConfig);
  const bucket = `${name}-archive`;
  await new S3Client(clientConfig).send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  for (const kind of ['tenants', 'access-tokens']) {
    await secrets.send(new CreateSecretCommand({ Name: `${name}/${kind}` }));
  }
  const entry = (tenant: string) => ({
    provider: 'oauth2',
    token_url: tokenUrl,
    client_id: 'client',
    client_secret: `client.${CANARY}`,
    refresh_token: `${tenant}.refresh.0.${CANARY}`,
  });
  const text = JSON.stringify({
    version: 1,
    tenants: { acme: entry('acme'), brandx: entry('brandx') },
  });
  await secrets.send(
    new PutSecretValueCommand({ SecretId: `${name}/tenants`, SecretString: text }),
  );
  return {
    ...env,
    TENANTS_SECRET: `${name}/tenants`,
    ACCESS_TOKENS_SECRET: `${name}/access-tokens`,
    ARCHIVE_BUCKET: bucket,
    ALLOW_LOOPBACK_HTTP: 'true',
  };
}
