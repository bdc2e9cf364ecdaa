import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IRole, Policy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { FOLDERS } from '../../lambda/archive-folders.ts';
import { shardAlias } from '../../lambda/aws/shard-alias.ts';
import { ALERTS_TOPIC_ARN } from '../../lambda/config.ts';
import type { FunctionWithRole } from '../functions/lambda-function.ts';
import type { Stores } from '../stores/stores.ts';
import { allow, allowIn } from './allow.ts';

/** The rights of a function in folders of the archive. */
interface ArchiveAccess {
  readonly sid: string;
  readonly actions: readonly ('s3:GetObject' | 's3:PutObject')[];
  /** Such as `responses/`. */
  readonly folders: readonly string[];
}

/**
 * Lets `role` rotate, which is to read and swap both families of secrets, archive, keep the shards'
 * states, and tell the account's other programs. No right to delete anything.
 */
export function allowRotation(role: IRole, name: string, stores: Stores): void {
  const { key, vault, accessTokens, archive } = stores;
  allow(role, {
    sid: 'SwapSecrets',
    actions: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
      (action) => `secretsmanager:${action}`,
    ),
    resources: [...vault.arns, ...accessTokens.arns],
    wildcard:
      'Shards are added without a deploy, and AWS ends each ARN with characters of its own.',
  });
  allowArchive(role, archive, {
    sid: 'UseArchive',
    actions: ['s3:GetObject', 's3:PutObject'],
    folders: [FOLDERS.responses, FOLDERS.state, FOLDERS.known],
  });
  allowListingArchive(role, archive);
  allowKey(role, key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['secretsmanager', 's3']);
  allowEvents(role, name);
}

/** Lets `role` find older versions of the maps, for a drill. It may read each version anyway. */
export function allowOldMaps(role: IRole, { vault }: Stores): void {
  allow(role, {
    sid: 'FindOldMaps',
    actions: ['secretsmanager:ListSecretVersionIds'],
    resources: [...vault.arns],
    wildcard:
      'Shards are added without a deploy, and AWS ends each ARN with characters of its own.',
  });
}

/** Lets `role` take what a connect link's consent brought, and say what became of the link. */
export function allowLinks(role: IRole, archive: IBucket): void {
  allowArchive(role, archive, {
    sid: 'TakeConsents',
    actions: ['s3:GetObject', 's3:PutObject'],
    folders: [FOLDERS.links, FOLDERS.inbox],
  });
}

/** Lets `role` read or write objects in folders of the archive. */
export function allowArchive(
  role: IRole,
  archive: IBucket,
  { sid, actions, folders }: ArchiveAccess,
): void {
  allow(role, {
    sid,
    actions: [...actions],
    resources: folders.map((folder) => archive.arnForObjects(`${folder}*`)),
    wildcard: 'Objects are named after the deploy, by shard, tenant, run or link.',
  });
}

/**
 * Lets `role` list the archive. Without this right S3 answers 403 instead of 404 for an object that
 * is not there, and it has no condition on s3:prefix, since a GetObject has none
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
 */
export function allowListingArchive(role: IRole, archive: IBucket): void {
  allow(role, {
    sid: 'ListArchive',
    actions: ['s3:ListBucket'],
    resources: [archive.bucketArn],
  });
}

/** Lets `role` use the key, but only through `services`. */
export function allowKey(role: IRole, key: IKey, actions: string[], services: string[]): void {
  allow(role, {
    sid: 'UseKey',
    actions,
    resources: [key.keyArn],
    conditions: { StringEquals: viaServices(role, services) },
  });
}

/** Returns the condition that AWS services use a key on the caller's behalf. */
export function viaServices(scope: Construct, services: string[]): Record<string, string[]> {
  const { region } = Stack.of(scope);
  return {
    'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`),
  };
}

/** Lets `role` find the shards by their names. */
export function allowListingShards(role: IRole): void {
  allow(role, {
    sid: 'FindShards',
    actions: ['secretsmanager:ListSecrets'],
    resources: ['*'],
    wildcard: 'Secrets Manager knows no resource for this action; it shows names, no values.',
  });
}

/** Lets `role` put events of the deployment `name` on the account's default bus. */
function allowEvents(role: IRole, name: string): void {
  const bus = Stack.of(role).formatArn({
    service: 'events',
    resource: 'event-bus',
    resourceName: 'default',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  allow(role, {
    sid: 'TellChanges',
    actions: ['events:PutEvents'],
    resources: [bus],
    conditions: { StringEquals: { 'events:source': name } },
  });
}

/**
 * Lets a function invoke itself and its aliases for shards, in a policy of its own. The function
 * waits for its role's other policy, which therefore cannot name it.
 */
export function allowInvokingItself(
  scope: Construct,
  id: string,
  { fn, role }: FunctionWithRole,
): void {
  const policy = new Policy(scope, id, { roles: [role] });
  allowIn(policy, {
    sid: 'InvokeItself',
    actions: ['lambda:InvokeFunction'],
    resources: [fn.functionArn, `${fn.functionArn}:${shardAlias('*')}`],
    wildcard: 'Each granted shard has an alias, and all of them are this function.',
  });
}

/** Makes a function mail digests to `topic`. */
export function allowDigest({ fn, role }: FunctionWithRole, topic: ITopic): void {
  fn.addEnvironment(ALERTS_TOPIC_ARN, topic.topicArn);
  allow(role, {
    sid: 'SendDigest',
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
  });
}
