import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { clientConfig } from '../../lambda/aws/clients.ts';

/** Clients as the functions make them, with fewer attempts. */
const config = { ...clientConfig, maxAttempts: 2 };
const s3 = new S3Client(config);
const secrets = new SecretsManagerClient(config);
const object = { Bucket: 'archive', Key: 'responses/a b/ü.json' };
const SecretId = 'token-rotator/tenants';

function put(more: Omit<PutObjectCommandInput, 'Bucket' | 'Key'>): Promise<object> {
  const input = { ...object, ContentType: 'application/json', ...more };
  return usedOf(s3.send(new PutObjectCommand(input)), ['ETag', '$metadata']);
}

function list(more: Omit<ListObjectsV2CommandInput, 'Bucket'>): Promise<object> {
  const input = { Bucket: 'archive', Prefix: 'responses/é&', ...more };
  return listed(s3.send(new ListObjectsV2Command(input)));
}

/** What the functions read of an answer of S3. */
async function usedOf<T extends object>(
  answer: Promise<T>,
  members: readonly (keyof T)[],
): Promise<object> {
  const whole = await answer;
  return Object.fromEntries(members.map((member) => [member, whole[member]]));
}

/** What they read of each object in a list. */
async function listed(answer: Promise<ListObjectsV2CommandOutput>): Promise<object> {
  const { Contents = [], NextContinuationToken, $metadata } = await answer;
  return { keys: Contents.map(({ Key }) => Key), NextContinuationToken, $metadata };
}

/**
 * Every kind of call that a function makes. The program is bundled, once as it comes and once
 * trimmed.
 */
export const calls: Record<string, () => Promise<object>> = {
  get: () => usedOf(s3.send(new GetObjectCommand(object)), ['Body', 'ETag', '$metadata']),
  put: () => put({ Body: '{"a":"ü"}', IfNoneMatch: '*' }),
  'put over': () => put({ Body: '{}', IfMatch: '"e"' }),
  list: () => list({ StartAfter: 'a<b' }),
  'list on': () => list({ ContinuationToken: 'n=', MaxKeys: 2 }),
  read: () => secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' })),
  describe: () => secrets.send(new DescribeSecretCommand({ SecretId })),
  versions: () => secrets.send(new ListSecretVersionIdsCommand({ SecretId, MaxResults: 100 })),
  secrets: () =>
    secrets.send(
      new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [SecretId] }], MaxResults: 100 }),
    ),
  write: () =>
    secrets.send(
      new PutSecretValueCommand({
        SecretId,
        SecretString: '{"token":"ü\\n"}',
        ClientRequestToken: 'a'.repeat(32),
        VersionStages: ['STAGING'],
      }),
    ),
  label: () =>
    secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: 'b'.repeat(32),
        RemoveFromVersionId: 'a'.repeat(32),
      }),
    ),
  publish: () =>
    new SNSClient(config).send(
      new PublishCommand({
        TopicArn: 'arn:aws:sns:eu-west-1:123456789012:alerts',
        Subject: 'Two tenants fail',
        Message: 'a & b = "ü"\n',
      }),
    ),
  event: () =>
    new EventBridgeClient(config).send(
      new PutEventsCommand({
        Entries: [{ Source: 'token-rotator', DetailType: 'Tenant Failing', Detail: '{"a":1}' }],
      }),
    ),
  invoke: () =>
    new LambdaClient(config).send(
      new InvokeCommand({ FunctionName: 'refresh', InvocationType: 'Event', Payload: '{"a":1}' }),
    ),
};
