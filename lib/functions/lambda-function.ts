import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ACCESS_TOKENS_SECRET, ARCHIVE_BUCKET, TENANTS_SECRET } from '../../lambda/config.ts';
import { allow } from '../rights/allow.ts';
import type { Stores } from '../stores/stores.ts';

export interface FunctionProps {
  readonly description: string;
  readonly code: Code;
  readonly handler: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly reservedConcurrentExecutions?: number | undefined;
  readonly environment: Record<string, string>;
}

/** A function and the role it runs under. */
export interface FunctionWithRole {
  readonly fn: LambdaFunction;
  readonly role: Role;
}

/** Creates a function under a role of its own, which may write its own log and nothing else yet. */
export function createFunction(
  scope: Construct,
  id: string,
  { reservedConcurrentExecutions, ...props }: FunctionProps,
): FunctionWithRole {
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
    ...props,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
    role,
    logGroup,
  });
  return { fn, role };
}

/** Returns the environment by which the functions of lambda/handlers/handler.ts find the stores. */
export function storeNames({ vault, accessTokens, archive }: Stores): Record<string, string> {
  return {
    [TENANTS_SECRET]: vault.secretName,
    [ACCESS_TOKENS_SECRET]: accessTokens.secretName,
    [ARCHIVE_BUCKET]: archive.bucketName,
  };
}
