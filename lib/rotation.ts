import type { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allow } from './allow.ts';
import { createFunction, type FunctionWithRole, storeNames } from './lambda-function.ts';
import { allowArchive, allowLinks, allowListingShards, allowRotation } from './permissions.ts';
import type { Stores } from './stores.ts';

export interface RotationProps {
  readonly name: string;
  readonly code: Code;
  readonly stores: Stores;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly reservedConcurrentExecutions: number | undefined;
  readonly failedRuns: IQueue;
}

/** Creates the function that rotates, and keeps the events of runs that failed three times. */
export function createRotation(
  scope: Construct,
  id: string,
  props: RotationProps,
): FunctionWithRole {
  const { name, stores, failedRuns } = props;
  const rotation = createFunction(scope, id, {
    description: `Rotates the tokens of ${name}`,
    code: props.code,
    handler: 'index.handler',
    memorySize: props.memorySize,
    timeout: props.timeout,
    reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    environment: storeNames(stores),
  });
  const { fn, role } = rotation;
  allowRotation(role, name, stores);
  allowLinks(role, stores.archive);
  allowArchive(role, stores.archive, {
    sid: 'WriteReports',
    actions: ['s3:PutObject'],
    folders: ['runs/', 'audit/'],
  });
  allowListingShards(role);
  allow(role, {
    sid: 'KeepFailed',
    actions: ['sqs:SendMessage'],
    resources: [failedRuns.queueArn],
  });
  // The schedules start runs asynchronously. A failed one is tried twice more, which is safe at
  // any time.
  fn.configureAsyncInvoke({
    retryAttempts: 2,
    onFailure: { bind: () => ({ destination: failedRuns.queueArn }) },
  });
  return rotation;
}
