import { Duration } from 'aws-cdk-lib';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allowLinks, allowRotation } from '../rights/permissions.ts';
import type { Stores } from '../stores/stores.ts';
import { keepFailed } from './dead-letter-queue.ts';
import { createFunction, storeNames } from './lambda-function.ts';

export interface RedeemProps {
  readonly name: string;
  readonly code: Code;
  readonly stores: Stores;
  readonly failedRuns: IQueue;
}

/**
 * Creates the function that takes what a connect link's consent brought. The connect page invokes
 * it, and does not wait for it.
 */
export function createRedeem(
  scope: Construct,
  id: string,
  { name, code, stores, failedRuns }: RedeemProps,
): IFunction {
  const redeem = createFunction(scope, id, {
    description: `Redeems the consents that connect links of ${name} brought`,
    code,
    handler: 'index.redeem',
    memorySize: 512,
    // A code lives five minutes, for which a busy shard is watched; then the run has to end.
    timeout: Duration.minutes(10),
    environment: storeNames(stores),
  });
  allowRotation(redeem.role, name, stores);
  allowLinks(redeem.role, stores.archive);
  // Then the code is dead, and the page says so.
  keepFailed(redeem, failedRuns, Duration.minutes(6));
  return redeem.fn;
}
