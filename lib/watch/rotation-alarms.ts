import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { METRICS } from '../../lambda/report/metric-names.ts';
import type { AlarmSpec, AlarmSpecs } from './alarms.ts';
import { dailyMaximum, ownMetric, sumOf } from './metrics.ts';

/** A shard that holds more of its 65,536 bytes should be split. */
export const FULL_PERCENT = 85;

/** The digest mails an end 30, 14 and 7 days before it. From then on the alarm keeps reminding. */
const END_IS_NEAR_DAYS = 7;

export interface RotationAlarmsProps {
  readonly name: string;
  readonly rotation: IFunction;
  readonly fanOut: StateMachine | undefined;
  readonly deadLetterQueues: readonly IQueue[];
  readonly successWithin: Duration;
}

/** Returns the alarms of every deployment. */
export function rotationAlarms(props: RotationAlarmsProps): AlarmSpecs {
  return {
    TenantFailing: tenantFailing(props),
    RunFailed: runFailed(props),
    ...(props.fanOut && { FanOutFailed: fanOutFailed(props.fanOut) }),
    NoSuccess: noSuccess(props),
    Undelivered: undelivered(props),
    TokensWaiting: tokensWaiting(props),
    ShardFull: shardFull(props),
    EndIsNear: endIsNear(props),
  };
}

/**
 * Gauges are measured once a day by the dry run, and by every run. The alarm takes a day's maximum
 * over all shards, so it clears within a day after the fault is gone.
 */
function tenantFailing({ name }: RotationAlarmsProps): AlarmSpec {
  return {
    metric: dailyMaximum(name, METRICS.failingTenants),
    says: 'At least one tenant could not be rotated.',
    anchor: 'a-tenant-is-failing',
    threshold: 1,
    // Between measurements a failing tenant is still failing.
    missing: TreatMissingData.IGNORE,
  };
}

/** Refreshes on demand do not count. Their caller gets the error, and may have mistyped a name. */
function runFailed({ rotation }: RotationAlarmsProps): AlarmSpec {
  return {
    metric: rotation.metricErrors(),
    says:
      'A run failed as a whole: a bad event or configuration, an unreadable shard, or a write ' +
      'that was refused.',
    anchor: 'a-run-failed',
    threshold: 1,
    // No run, no error. The next alarm watches for runs that never start.
    missing: TreatMissingData.NOT_BREACHING,
  };
}

function fanOutFailed(machine: StateMachine): AlarmSpec {
  return {
    metric: sumOf(
      [machine.metricFailed(), machine.metricTimedOut(), machine.metricAborted()],
      'failed executions',
    ),
    says: 'At least one shard failed after its retries, or the state machine itself did.',
    anchor: 'the-fan-out-failed',
    threshold: 1,
    // No execution, no failure.
    missing: TreatMissingData.NOT_BREACHING,
  };
}

/**
 * Takes the age of the last success, and counts it as too old where nothing looked at all tenants,
 * as the daily dry run does. A run for one tenant measures no gauges, so it silences nothing. Before
 * the first run there are gauges, and no age.
 */
function noSuccess({ name, successWithin }: RotationAlarmsProps): AlarmSpec {
  const period = Duration.days(1);
  const looks = { statistic: Stats.SAMPLE_COUNT, period };
  return {
    metric: new MathExpression({
      expression: `IF(FILL(looks, 0) > 0, FILL(age, 0), ${successWithin.toSeconds()})`,
      usingMetrics: {
        age: dailyMaximum(name, METRICS.secondsSinceSuccess),
        looks: ownMetric(name, METRICS.failingTenants, looks),
      },
      label: 'seconds since a success',
      period,
    }),
    says:
      `No run for all tenants ended well for ${successWithin.toDays()} days, ` +
      'or nothing has looked at all tenants for a day.',
    anchor: 'too-long-since-a-success',
    threshold: successWithin.toSeconds(),
    // Silence is the failure that nobody sees.
    missing: TreatMissingData.BREACHING,
  };
}

function undelivered({ deadLetterQueues }: RotationAlarmsProps): AlarmSpec {
  const waiting = deadLetterQueues.map((queue) =>
    queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
  );
  return {
    metric: sumOf(waiting, 'messages'),
    says: 'A run was never started, or failed after all its retries.',
    anchor: 'a-dead-letter-queue-is-not-empty',
    threshold: 1,
    // SQS stops measuring queues that nobody uses.
    missing: TreatMissingData.NOT_BREACHING,
  };
}

function tokensWaiting({ name }: RotationAlarmsProps): AlarmSpec {
  return {
    metric: dailyMaximum(name, METRICS.tokensWaiting),
    says: 'The archive holds tokens that are not yet in Secrets Manager.',
    anchor: 'tokens-wait-in-the-archive',
    threshold: 1,
    // They wait until a run writes them.
    missing: TreatMissingData.IGNORE,
  };
}

function shardFull({ name }: RotationAlarmsProps): AlarmSpec {
  return {
    metric: dailyMaximum(name, METRICS.shardFullness),
    says: `A secret holds over ${FULL_PERCENT} % of the 65,536 bytes that it can hold.`,
    anchor: 'a-shard-is-nearly-full',
    threshold: FULL_PERCENT,
    // A secret keeps its size between measurements.
    missing: TreatMissingData.IGNORE,
  };
}

function endIsNear({ name }: RotationAlarmsProps): AlarmSpec {
  return {
    metric: ownMetric(name, METRICS.daysToNextEnd, {
      statistic: Stats.MINIMUM,
      period: Duration.days(1),
    }),
    says:
      `A consent, a refresh token or a client secret ends within ${END_IS_NEAR_DAYS} days, ` +
      'and no run can renew it.',
    anchor: 'an-end-is-near',
    threshold: END_IS_NEAR_DAYS,
    operator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
    // Nothing is measured where nothing is known to end.
    missing: TreatMissingData.NOT_BREACHING,
  };
}
