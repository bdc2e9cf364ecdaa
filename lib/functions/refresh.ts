import { Duration } from 'aws-cdk-lib';
import {
  Alias,
  type CfnFunction,
  type Code,
  type EventInvokeConfigOptions,
  type IFunction,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { shardAlias } from '../../lambda/aws/shard-alias.ts';
import { allowInvokingItself, allowRotation } from '../rights/permissions.ts';
import type { Stores } from '../stores/stores.ts';
import { createFunction, storeNames } from './lambda-function.ts';

/**
 * Refreshes that consumers may have under way at once, so that they cannot take the account's whole
 * concurrency.
 */
const CONSUMERS_AT_ONCE = 10;

/**
 * The function invokes itself to watch a dead lease. A watch that is lost or late is not repeated.
 * The next call begins a new one.
 */
const WATCH_INVOCATION: EventInvokeConfigOptions = {
  retryAttempts: 0,
  maxEventAge: Duration.minutes(1),
};

export interface RefreshProps {
  readonly name: string;
  readonly code: Code;
  readonly stores: Stores;
  readonly reservedConcurrentExecutions: number | undefined;
}

/** Creates the function that refreshes a tenant on demand, the only one that consumers may use. */
export function createRefresh(
  scope: Construct,
  id: string,
  { name, code, stores, reservedConcurrentExecutions }: RefreshProps,
): IFunction {
  const refresh = createFunction(scope, id, {
    description: `Refreshes a tenant of ${name} on demand`,
    code,
    handler: 'index.refresh',
    memorySize: 512,
    timeout: Duration.minutes(5),
    reservedConcurrentExecutions,
    environment: storeNames(stores),
  });
  allowRotation(refresh.role, name, stores);
  allowInvokingItself(scope, `${id}Watch`, refresh);
  refresh.fn.configureAsyncInvoke(WATCH_INVOCATION);
  return refresh.fn;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html */
const MOST_OF_ALIAS = 128;

/**
 * Returns the alias of the refresh function for one shard, which is created at the first call. A
 * consumer may invoke the alias alone, and the function takes the shard from it. Throws for a shard
 * that no alias can name.
 */
export function aliasForShard(refresh: IFunction, shard: string): Alias {
  const aliasName = shardAlias(shard);
  if (aliasName.length > MOST_OF_ALIAS) {
    throw new Error(
      `Programs cannot refresh shard "${shard}": its name has too many dots and underscores for ` +
        'an alias of the function. Give the shard another name',
    );
  }
  const existing = refresh.node.tryFindChild(aliasName);
  if (existing) {
    return existing as Alias;
  }
  limitConcurrency(refresh.node.defaultChild as CfnFunction);
  return new Alias(refresh, aliasName, {
    aliasName,
    description: `Refreshes tenants of shard ${shard} alone`,
    // It always runs the code of the last deploy. Versions of the function are not needed.
    version: refresh.latestVersion,
    // An alias takes nothing over from its function.
    ...WATCH_INVOCATION,
  });
}

function limitConcurrency(refresh: CfnFunction): void {
  refresh.reservedConcurrentExecutions ??= CONSUMERS_AT_ONCE;
}
