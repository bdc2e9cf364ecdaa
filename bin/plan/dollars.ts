import type { AwsCalls } from './calls.ts';
import { PRICES } from './prices.ts';

/** Describes what a deployment costs in a month, in dollars. */
export interface Dollars {
  secrets: number;
  key: number;
  calls: number;
  function: number;
  archive: number;
  watching: number;
  total: number;
}

/** Describes what is paid for all month, used or not. */
export interface Standing {
  shards: number;
  providers: number;
  archiveGb: number;
  logGb: number;
}

/** Metrics of a deployment, of each provider and of each shard, without those of drills. */
const METRICS = {
  deployment: 12,
  provider: 2,
  shard: 1,
};
/** An alarm costs as much for each metric that it looks at. Without those of the connect page. */
const ALARM_METRICS = 9;
const HOURS_A_MONTH = 365.25 * 2;

/**
 * Prices what a deployment does and keeps in a month, without its dashboard: an account's first
 * three cost nothing. A metric costs for the hours in which it is reported
 * (https://aws.amazon.com/cloudwatch/pricing/), and each run reports all of them.
 */
export function dollarsOf(calls: AwsCalls, standing: Standing): Dollars {
  const { shards, providers, archiveGb, logGb } = standing;
  const metrics = METRICS.deployment + METRICS.provider * providers + METRICS.shard * shards;
  const parts = {
    secrets: 2 * shards * PRICES.secret_month,
    key: PRICES.kms_key_month,
    calls: dollarsOfCalls(calls),
    function:
      calls.lambda * (PRICES.lambda_call + PRICES.scheduler_call) +
      calls.lambda_gb_seconds * PRICES.lambda_gb_second,
    archive: archiveGb * PRICES.s3_gb_month,
    watching:
      metrics * PRICES.metric_month * Math.min(1, calls.lambda / HOURS_A_MONTH) +
      ALARM_METRICS * PRICES.alarm_month +
      logGb * PRICES.log_gb,
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ...parts, total };
}

/** Prices calls alone. */
export function dollarsOfCalls(calls: AwsCalls): number {
  return (
    calls.secrets_manager * PRICES.secrets_manager_call +
    calls.kms * PRICES.kms_call +
    calls.s3_put * PRICES.s3_put +
    calls.s3_get * PRICES.s3_get +
    calls.events * PRICES.event
  );
}
