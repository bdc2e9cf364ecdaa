import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAwsSecrets } from '../../../lambda/aws/secrets.ts';
import { awsError } from '../../fakes/aws-error.ts';

const aws = mockClient(SecretsManagerClient);
const secrets = createAwsSecrets(
  new SecretsManagerClient({ region: 'eu-west-1' }),
  'token-rotator/tenants',
);

const READ = 'a'.repeat(32);
const NEW = 'b'.repeat(64);
const CREATED = new Date('2026-11-22T02:17:03Z');

function currentIs(versionId: string): void {
  aws
    .on(GetSecretValueCommand)
    .resolves({ VersionId: versionId, CreatedDate: CREATED, SecretString: '{}' });
}

beforeEach(() => {
  aws.reset();
  aws.onAnyCommand().rejects(new Error('this request was not expected'));
});

describe('shards', () => {
  it('lists the secret itself and what lies one level below it, of every page', async () => {
    const page = (names: string[]) => ({ SecretList: names.map((Name) => ({ Name })) });
    aws
      .on(ListSecretsCommand)
      .resolvesOnce({
        ...page(['token-rotator/tenants/us', 'token-rotator/tenants-old', 'token-rotator/tenants']),
        NextToken: 'more',
      })
      .resolvesOnce({
        ...page([
          'token-rotator/tenants/eu',
          'token-rotator/tenants/eu/west',
          'token-rotator/tenants/',
          'token-rotator/tenants/eu/',
          'Token-rotator/tenants/x',
          'token-rotator/tenants2/x',
          'token-rotator2/tenants/x',
        ]),
        NextToken: '',
      });
    expect(await secrets.shards()).toEqual(['default', 'eu', 'us']);
    const [first, second] = aws.commandCalls(ListSecretsCommand).map((call) => call.args[0].input);
    expect(first).toMatchObject({ Filters: [{ Key: 'name', Values: ['token-rotator/tenants'] }] });
    expect(second).toMatchObject({ NextToken: 'more' });
  });

  it('leaves out what is scheduled for deletion, and what no shard may be called', async () => {
    aws.on(ListSecretsCommand).resolves({
      SecretList: [
        { Name: 'token-rotator/tenants/gone', DeletedDate: CREATED },
        { Name: 'token-rotator/tenants/default' },
        { Name: 'token-rotator/tenants/-x' },
        { Name: 'token-rotator/tenants/__proto__' },
        {},
      ],
    });
    expect(await secrets.shards()).toEqual([]);
  });

  it('names the permission it lacks', async () => {
    aws
      .on(ListSecretsCommand)
      .rejects(awsError('AccessDeniedException', 400, 'User: arn:x is not authorized'));
    await expect(secrets.shards()).rejects.toMatchObject({
      reason: 'denied',
      message: expect.stringContaining('secretsmanager:ListSecrets'),
    });
  });
});

describe('read', () => {
  it('asks for AWSCURRENT by name', async () => {
    currentIs(READ);
    expect(await secrets.read('eu')).toEqual({
      versionId: READ,
      createdAt: CREATED.getTime(),
      text: '{}',
    });
    expect(aws.calls().map((call) => call.args[0].input)).toEqual([
      { SecretId: 'token-rotator/tenants/eu', VersionStage: 'AWSCURRENT' },
    ]);
  });

  it('has no text for a binary secret', async () => {
    aws.on(GetSecretValueCommand).resolves({
      VersionId: READ,
      CreatedDate: CREATED,
      SecretBinary: new Uint8Array([123, 125]),
    });
    expect((await secrets.read('default'))?.text).toBeUndefined();
  });

  it('tells a secret without a value from one that is not there', async () => {
    aws.on(GetSecretValueCommand).rejects(awsError('ResourceNotFoundException', 400));
    aws.on(DescribeSecretCommand).resolves({ Name: 'token-rotator/tenants' });
    expect(await secrets.read('default')).toBeNull();
    aws.on(DescribeSecretCommand).rejects(awsError('ResourceNotFoundException', 400));
    await expect(secrets.read('default')).rejects.toMatchObject({
      reason: 'not_found',
      message: expect.stringContaining('token-rotator/tenants'),
    });
  });

  it('never takes a value that it cannot see yet for none', async () => {
    aws.on(GetSecretValueCommand).rejects(awsError('ResourceNotFoundException', 400));
    aws.on(DescribeSecretCommand).resolves({ VersionIdsToStages: { [READ]: ['AWSCURRENT'] } });
    await expect(secrets.read('default')).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('says that a secret is being deleted', async () => {
    aws
      .on(GetSecretValueCommand)
      .rejects(awsError('InvalidRequestException', 400, 'the secret was marked for deletion'));
    await expect(secrets.read('default')).rejects.toMatchObject({
      reason: 'not_found',
      message: expect.stringContaining('scheduled for deletion'),
    });
    aws.on(GetSecretValueCommand).rejects(awsError('ResourceNotFoundException', 400));
    aws.on(DescribeSecretCommand).resolves({ DeletedDate: CREATED });
    await expect(secrets.read('default')).rejects.toMatchObject({
      reason: 'not_found',
      message: expect.stringContaining('scheduled for deletion'),
    });
  });
});

describe('swap', () => {
  const swap = (read: string | null = READ) => secrets.swap('default', read, '{"new":1}', NEW);

  beforeEach(() => {
    aws.on(PutSecretValueCommand).resolves({ VersionId: NEW, VersionStages: ['TOKENROTATOR'] });
    aws.on(UpdateSecretVersionStageCommand).resolves({});
  });

  it('puts under its own label, then moves AWSCURRENT from the version it read', async () => {
    expect(await swap()).toBe('swapped');
    expect(aws.calls().map((call) => call.args[0].input)).toEqual([
      {
        SecretId: 'token-rotator/tenants',
        SecretString: '{"new":1}',
        ClientRequestToken: NEW,
        VersionStages: ['TOKENROTATOR'],
      },
      {
        SecretId: 'token-rotator/tenants',
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: NEW,
        RemoveFromVersionId: READ,
      },
    ]);
  });

  it('needs no move for the first version, which AWS makes current at once', async () => {
    aws
      .on(PutSecretValueCommand)
      .resolves({ VersionId: NEW, VersionStages: ['TOKENROTATOR', 'AWSCURRENT'] });
    expect(await swap(null)).toBe('swapped');
    expect(aws.calls()).toHaveLength(1);
  });

  it('names no version to remove the label from where there was no value', async () => {
    expect(await swap(null)).toBe('swapped');
    expect(aws.commandCalls(UpdateSecretVersionStageCommand)[0]?.args[0].input).not.toHaveProperty(
      'RemoveFromVersionId',
    );
  });

  it.each(['InvalidParameterException', 'InvalidRequestException', 'ResourceNotFoundException'])(
    'is refused by a move that ends in %s',
    async (name) => {
      aws.on(UpdateSecretVersionStageCommand).rejects(awsError(name, 400));
      currentIs('c'.repeat(32));
      expect(await swap()).toBe('refused');
    },
  );

  it.each([
    ['InvalidParameterException', 400],
    ['InternalServiceError', 500],
    ['TimeoutError', undefined],
  ])(
    'has swapped when the move ends in %s and its version is current all the same',
    async (name, status) => {
      aws.on(UpdateSecretVersionStageCommand).rejects(awsError(name, status));
      currentIs(NEW);
      expect(await swap()).toBe('swapped');
    },
  );

  it.each([
    ['InternalServiceError', 500, 'unavailable'],
    ['TimeoutError', undefined, 'unavailable'],
    ['ThrottlingException', 400, 'throttled'],
    ['AccessDeniedException', 400, 'denied'],
  ])(
    'says nothing certain after a move that ends in %s with another version current',
    async (name, status, reason) => {
      aws.on(UpdateSecretVersionStageCommand).rejects(awsError(name, status));
      currentIs(READ);
      await expect(swap()).rejects.toMatchObject({ name: 'StoreError', reason });
    },
  );

  it('keeps the failure of the move when the version cannot be read back', async () => {
    aws.on(UpdateSecretVersionStageCommand).rejects(awsError('TimeoutError', undefined));
    aws.on(GetSecretValueCommand).rejects(awsError('AccessDeniedException', 400));
    await expect(swap()).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('UpdateSecretVersionStage'),
    });
  });

  it.each([
    ['ValidationException', 'too_large'],
    ['LimitExceededException', 'limit'],
    ['ResourceExistsException', 'invalid'],
    ['ResourceNotFoundException', 'not_found'],
    ['ThrottlingException', 'throttled'],
    ['InternalServiceError', 'unavailable'],
    ['AccessDeniedException', 'denied'],
    ['EncryptionFailure', 'denied'],
  ])('moves nothing after a put that ends in %s', async (name, reason) => {
    aws
      .on(PutSecretValueCommand)
      .rejects(awsError(name, name === 'InternalServiceError' ? 500 : 400));
    await expect(swap()).rejects.toMatchObject({ name: 'StoreError', reason });
    expect(aws.commandCalls(UpdateSecretVersionStageCommand)).toHaveLength(0);
  });

  it('asks AWS nothing about a text over 64 KB', async () => {
    await expect(secrets.swap('default', READ, 'ü'.repeat(32_769), NEW)).rejects.toMatchObject({
      reason: 'too_large',
    });
    expect(aws.calls()).toHaveLength(0);
  });
});
