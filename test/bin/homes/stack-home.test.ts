import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStack } from '../../../bin/homes/stack-home.ts';
import { everyTenant } from '../../../lambda/event.ts';
import { awsError } from '../../fakes/aws-error.ts';

const cloudFormation = mockClient(CloudFormationClient);
const lambda = mockClient(LambdaClient);
const s3 = mockClient(S3Client);
const secretsManager = mockClient(SecretsManagerClient);
const mocks = [cloudFormation, lambda, s3, secretsManager];

const OUTPUTS = {
  FunctionName: 'rotation',
  RefreshFunctionName: 'refresh',
  TenantsSecretName: 'token-rotator/tenants',
  AccessTokensSecretName: 'token-rotator/access-tokens',
  ArchiveBucketName: 'archive',
};

beforeEach(() => {
  process.env.AWS_REGION = 'eu-west-1';
  cloudFormation
    .on(DescribeStacksCommand, { StackName: 'TokenRotator' })
    .resolves({ Stacks: [stackWith(OUTPUTS)] });
});
afterEach(() => {
  for (const mock of mocks) {
    mock.reset();
  }
  delete process.env.AWS_REGION;
});

function stackWith(outputs: Record<string, string>) {
  const named = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({
    OutputKey,
    OutputValue,
  }));
  return {
    StackName: 'TokenRotator',
    CreationTime: new Date(0),
    StackStatus: 'CREATE_COMPLETE' as const,
    Outputs: named,
  };
}

function answer(value: object, FunctionError?: string) {
  const Payload = Buffer.from(JSON.stringify(value));
  return { Payload: Payload as never, ...(FunctionError && { FunctionError }) };
}

const open = () => openStack('TokenRotator', () => {});

describe(openStack.name, () => {
  it.each([
    ['Keeps tokens alive (token-rotator 0.2.0)', '0.2.0'],
    [undefined, null],
  ])('knows by the description %j which version was deployed', async (Description, version) => {
    const stack = { ...stackWith(OUTPUTS), ...(Description !== undefined && { Description }) };
    cloudFormation.on(DescribeStacksCommand).resolves({ Stacks: [stack] });
    expect((await open()).deployedVersion).toBe(version);
  });

  it('finds the parts of a stack by its outputs', async () => {
    const { title, ports } = await open();
    expect(title).toBe('stack TokenRotator');
    expect(ports.vault.label('eu')).toBe('token-rotator/tenants/eu');
    expect(ports.accessTokens.label('default')).toBe('token-rotator/access-tokens');
  });

  it('says so where there is no such stack, or another kind of one', async () => {
    cloudFormation.on(DescribeStacksCommand).rejects(awsError('ValidationError', 400));
    await expect(open()).rejects.toThrow(
      'There is no stack TokenRotator in this account and region.',
    );
    const { ArchiveBucketName: _, ...others } = OUTPUTS;
    cloudFormation.on(DescribeStacksCommand).resolves({ Stacks: [stackWith(others)] });
    await expect(open()).rejects.toThrow('has no output ArchiveBucketName');
    cloudFormation.on(DescribeStacksCommand).rejects(awsError('AccessDenied', 403));
    await expect(open()).rejects.toThrow(
      'permission cloudformation:DescribeStacks on stack TokenRotator is missing',
    );
  });

  it('rotates through the function, with nothing in the event that was not asked for', async () => {
    lambda.on(InvokeCommand).resolves(answer({ run_id: 'r', summary: {}, outcomes: [] }));
    const home = await open();
    await home.rotate(everyTenant);
    await home.rotate({
      ...everyTenant,
      tenants: ['acme'],
      expiring_within_seconds: 60,
      dry_run: true,
    });
    const events = lambda.commandCalls(InvokeCommand).map(({ args }) => args[0].input);
    expect(events.map(({ FunctionName }) => FunctionName)).toEqual(['rotation', 'rotation']);
    expect(
      events.map(({ Payload }) => JSON.parse(Buffer.from(Payload as Uint8Array).toString())),
    ).toEqual([{}, { tenants: ['acme'], expiring_within_seconds: 60, dry_run: true }]);
  });

  it('reads the whole report from the archive, and takes the answer where it cannot', async () => {
    const cut = { run_id: 'r', report_key: 'runs/1.json', summary: { total: 2 }, outcomes: [] };
    lambda.on(InvokeCommand).resolves(answer(cut));
    const whole = JSON.stringify({ ...cut, outcomes: [{ tenant: 'acme' }] });
    s3.on(GetObjectCommand, { Bucket: 'archive', Key: 'runs/1.json' }).resolves({
      Body: { transformToString: async () => whole } as never,
    });
    const home = await open();
    expect((await home.rotate(everyTenant)).outcomes).toEqual([{ tenant: 'acme' }]);
    s3.on(GetObjectCommand).rejects(awsError('AccessDenied', 403));
    expect((await home.rotate(everyTenant)).outcomes).toEqual([]);
  });

  it('shows the report of a run in which a shard failed, where it can be read', async () => {
    const home = await open();
    const errorMessage =
      'Shard eu failed (busy): it was held. The report is runs/1.json in the archive bucket.';
    lambda
      .on(InvokeCommand)
      .resolves(answer({ errorType: 'ShardsFailedError', errorMessage }, 'Unhandled'));
    s3.on(GetObjectCommand).rejects(awsError('NoSuchKey', 404));
    await expect(home.rotate(everyTenant)).rejects.toThrow(errorMessage);
    s3.on(GetObjectCommand, { Key: 'runs/1.json' }).resolves({
      Body: { transformToString: async () => '{"failures":[{}]}' } as never,
    });
    expect(await home.rotate(everyTenant)).toEqual({ failures: [{}] });
  });

  it("repeats what the function's own errors say, and nothing of others", async () => {
    const home = await open();
    const failing = (errorType: string) =>
      lambda.on(InvokeCommand).resolves(answer({ errorType, errorMessage: 'canary' }, 'Unhandled'));
    failing('ShardsFailedError');
    await expect(home.rotate(everyTenant)).rejects.toThrow('canary');
    failing('Sandbox.Timedout');
    await expect(home.rotate(everyTenant)).rejects.toThrow(
      'Function rotation ended with an error (Sandbox.Timedout): see its log in CloudWatch.',
    );
    lambda.on(InvokeCommand).rejects(awsError('AccessDeniedException', 403));
    await expect(home.rotate(everyTenant)).rejects.toThrow(
      'permission lambda:InvokeFunction on function rotation is missing',
    );
  });

  it('refreshes through the small function', async () => {
    lambda.on(InvokeCommand).resolves(answer({ status: 'rotated' }));
    const home = await open();
    expect(await home.refresh({ tenant: 'acme', shard: 'eu', refused: null })).toEqual({
      status: 'rotated',
    });
    const [call] = lambda.commandCalls(InvokeCommand);
    expect(call?.args[0].input.FunctionName).toBe('refresh');
    expect(Buffer.from(call?.args[0].input.Payload as Uint8Array).toString()).toBe(
      '{"tenant":"acme","shard":"eu"}',
    );
  });

  it('makes the two secrets of a shard with the default key, the vault last', async () => {
    secretsManager
      .on(DescribeSecretCommand)
      .resolves({ KmsKeyId: 'the key', Description: 'Map of the shard default.' });
    secretsManager
      .on(CreateSecretCommand, { Name: 'token-rotator/access-tokens/eu' })
      .rejects(awsError('ResourceExistsException', 400));
    await (await open()).addShard('eu');
    expect(
      secretsManager.commandCalls(CreateSecretCommand).map(({ args }) => args[0].input),
    ).toEqual([
      {
        Name: 'token-rotator/access-tokens/eu',
        KmsKeyId: 'the key',
        Description: 'Map of the shard eu.',
      },
      {
        Name: 'token-rotator/tenants/eu',
        KmsKeyId: 'the key',
        Description: 'Map of the shard eu.',
      },
    ]);
    await expect((await open()).addShard('../eu')).rejects.toThrow('a shard has a name');
  });
});
