import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  ACCESS_TOKENS_SECRET,
  ALERTS_TOPIC_ARN,
  ARCHIVE_BUCKET,
  TENANTS_SECRET,
} from '../lambda/config.ts';
import { allow } from './allow.ts';
import type { Stores } from './stores.ts';

export interface RotationFunctionProps {
  readonly description: string;
  readonly code: Code;
  readonly handler: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly reservedConcurrentExecutions?: number | undefined;
  readonly stores: Stores;
}

/** A function and the role it runs under. */
export interface FunctionWithRole {
  readonly fn: LambdaFunction;
  readonly role: Role;
}

/**
 * Creates a function of the bundle under a role of its own, which may write its own log and nothing
 * else yet.
 */
export function createFunction(
  scope: Construct,
  id: string,
  props: RotationFunctionProps,
): FunctionWithRole {
  const { reservedConcurrentExecutions, stores, ...same } = props;
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  allow(role, {
    sid: 'WriteOwnLog',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
  const fn = new LambdaFunction(scope, id, {
    ...same,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
    role,
    logGroup,
    environment: {
      [TENANTS_SECRET]: stores.vault.secretName,
      [ACCESS_TOKENS_SECRET]: stores.accessTokens.secretName,
      [ARCHIVE_BUCKET]: stores.archive.bucketName,
    },
  });
  return { fn, role };
}

/**
 * Lets `role` rotate: read and swap both families of secrets, archive, and keep the shards' states.
 * No right to delete anything.
 */
export function allowRotation(role: IRole, { key, vault, accessTokens, archive }: Stores): void {
  const objects = ['responses/*', 'state/*'].map((pattern) => archive.arnForObjects(pattern));
  allow(role, {
    sid: 'SwapSecrets',
    actions: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
      (name) => `secretsmanager:${name}`,
    ),
    resources: [...vault.arns, ...accessTokens.arns],
    wildcard: 'Shards are added without a deploy.',
  });
  allow(role, {
    sid: 'UseArchive',
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: objects,
    wildcard: 'Objects are named after the deploy, by shard, turn and tenant.',
  });
  allowListingArchive(role, archive);
  allowKey(role, key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['secretsmanager', 's3']);
}

/**
 * No condition on s3:prefix: a GetObject has none, and without this right S3 answers 403 instead of
 * 404 for an object that is not there
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
 */
export function allowListingArchive(role: IRole, archive: IBucket): void {
  allow(role, { sid: 'ListArchive', actions: ['s3:ListBucket'], resources: [archive.bucketArn] });
}

/** Lets `role` use the key, but only through `services`. */
export function allowKey(role: IRole, key: IKey, actions: string[], services: string[]): void {
  allow(role, {
    sid: 'UseKey',
    actions,
    resources: [key.keyArn],
    conditions: viaService(role, services),
  });
}

/** The condition that a key is used by AWS services on the caller's behalf. */
export function viaService(
  scope: Construct,
  services: string[],
): Record<string, Record<string, unknown>> {
  const { region } = Stack.of(scope);
  return {
    StringEquals: {
      'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`),
    },
  };
}

/** Lets `role` read or write the reports of runs. */
export function allowReports(
  role: IRole,
  archive: IBucket,
  action: 's3:GetObject' | 's3:PutObject',
): void {
  allow(role, {
    sid: 'Reports',
    actions: [action],
    resources: [archive.arnForObjects('runs/*')],
    wildcard: 'Reports are named after the deploy, by run.',
  });
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

/** Has a function mail digests to `topic`. */
export function allowDigest({ fn, role }: FunctionWithRole, topic: ITopic): void {
  fn.addEnvironment(ALERTS_TOPIC_ARN, topic.topicArn);
  allow(role, { sid: 'SendDigest', actions: ['sns:Publish'], resources: [topic.topicArn] });
}
