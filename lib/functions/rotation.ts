import type { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { longestGapMs } from '../../lambda/ahead/schedule-gap.ts';
import { FOLDERS } from '../../lambda/archive-folders.ts';
import { KEEP_FRESH, RUN_GAP_SECONDS } from '../../lambda/config.ts';
import {
  allowArchive,
  allowLinks,
  allowListingShards,
  allowOldMaps,
  allowRotation,
} from '../rights/permissions.ts';
import type { Stores } from '../stores/stores.ts';
import { keepFailed } from './dead-letter-queue.ts';
import { createFunction, type FunctionWithRole, storeNames } from './lambda-function.ts';

export interface RotationProps {
  readonly name: string;
  readonly code: Code;
  readonly stores: Stores;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly reservedConcurrentExecutions: number | undefined;
  readonly failedRuns: IQueue;
  /** `cron(…)` or `rate(…)`, or `none`. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly keepFresh: boolean;
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
    environment: { ...storeNames(stores), ...rhythm(props) },
  });
  const { role } = rotation;
  allowRotation(role, name, stores);
  allowOldMaps(role, stores);
  allowLinks(role, stores.archive);
  allowArchive(role, stores.archive, {
    sid: 'WriteReports',
    actions: ['s3:PutObject'],
    folders: [FOLDERS.runs, FOLDERS.audit],
  });
  allowListingShards(role);
  // The schedules start runs asynchronously. A failed one may be tried again at any time.
  keepFailed(rotation, failedRuns);
  return rotation;
}

/** Returns what a dry run holds the lives of tokens against. */
function rhythm({ schedule, timeZone, keepFresh }: RotationProps): Record<string, string> {
  // Whole years. The template stays the same from day to day.
  const from = new Date(Date.UTC(new Date().getUTCFullYear(), 0, 1));
  const gapMs =
    schedule === 'none' ? Infinity : longestGapMs({ expression: schedule, timeZone }, from);
  return {
    [RUN_GAP_SECONDS]: Number.isFinite(gapMs) ? String(gapMs / 1000) : 'none',
    [KEEP_FRESH]: String(keepFresh),
  };
}
