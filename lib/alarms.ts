import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { METRIC_NAMESPACE, METRICS, NAME_DIMENSION } from '../lambda/report/metric-names.ts';

export const FULL_PERCENT = 85;

export interface AlarmsProps {
  readonly name: string;
  readonly topic: ITopic;
  readonly rotation: IFunction;
  readonly fanOut: StateMachine | undefined;
  readonly deadLetterQueues: readonly IQueue[];
  readonly successWithin: Duration;
}

interface AlarmSpec {
  readonly metric: IMetric;
  /** The README section that says what it means, where to look and what to do. */
  readonly section: string;
  readonly says: string;
  readonly threshold: number;
  readonly missing: TreatMissingData;
}

/** Creates every alarm; each one mails to `topic`. */
export function createAlarms(scope: Construct, props: AlarmsProps): Alarm[] {
  return Object.entries(alarmSpecs(props)).map(
    ([id, { metric, section, says, threshold, missing }]) => {
      const alarm = new Alarm(scope, `${id}Alarm`, {
        metric,
        alarmDescription: `${says} What to do: README, section "${section}".`,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: missing,
      });
      alarm.addAlarmAction(new SnsAction(props.topic));
      return alarm;
    },
  );
}

/**
 * Gauges are measured once a day by the dry run, and by every run: a day's maximum, over all shards
 * where each reports for itself. So a solved one clears within a day.
 */
function alarmSpecs({
  name,
  rotation,
  fanOut,
  deadLetterQueues,
  successWithin,
}: AlarmsProps): Record<string, AlarmSpec> {
  const daily = (metricName: string): Metric => gauge(name, metricName, Duration.days(1));
  return {
    TenantFailing: {
      metric: daily(METRICS.failingTenants),
      section: 'Alarm: a tenant is failing',
      says: 'At least one tenant could not be rotated.',
      threshold: 1,
      // Between measurements a failing tenant is still failing.
      missing: TreatMissingData.IGNORE,
    },
    RunFailed: {
      // Not those of the refresh on demand: who asked for it is told, and may have asked for a
      // tenant that is not there.
      metric: rotation.metricErrors(),
      section: 'Alarm: a run failed',
      says: 'A run failed as a whole: bad event or configuration, an unreadable shard, or a commit that could not be made.',
      threshold: 1,
      // No run, no error; that nothing runs is told by the next alarm.
      missing: TreatMissingData.NOT_BREACHING,
    },
    ...(fanOut ? { FanOutFailed: fanOutFailed(fanOut) } : {}),
    NoSuccess: {
      metric: ageOfSuccess(daily(METRICS.secondsSinceSuccess), rotation, successWithin),
      section: 'Alarm: too long since a success',
      says: `No run for all tenants ended well for ${successWithin.toDays()} days, or nothing has run at all for a day.`,
      threshold: successWithin.toSeconds(),
      // Silence is the failure that nobody sees.
      missing: TreatMissingData.BREACHING,
    },
    Undelivered: {
      metric: sum(
        deadLetterQueues.map((queue) =>
          queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
        ),
        'messages',
      ),
      section: 'Alarm: a dead-letter queue is not empty',
      says: 'A run was never started, or failed after all its retries.',
      threshold: 1,
      // SQS stops measuring queues that nobody uses.
      missing: TreatMissingData.NOT_BREACHING,
    },
    TokensWaiting: {
      metric: daily(METRICS.tokensWaiting),
      section: 'Alarm: tokens wait in the archive',
      says: 'Tokens that a provider issued stand in the archive and not yet in Secrets Manager.',
      threshold: 1,
      // Until a run says otherwise they still wait.
      missing: TreatMissingData.IGNORE,
    },
    ShardFull: {
      metric: daily(METRICS.shardFullness),
      section: 'Alarm: a shard is nearly full',
      says: `A secret holds over ${FULL_PERCENT} % of the 65,536 bytes it can hold.`,
      threshold: FULL_PERCENT,
      // Secrets do not shrink by themselves.
      missing: TreatMissingData.IGNORE,
    },
  };
}

function fanOutFailed(machine: StateMachine): AlarmSpec {
  return {
    metric: sum(
      [machine.metricFailed(), machine.metricTimedOut(), machine.metricAborted()],
      'failed executions',
    ),
    section: 'Alarm: the fan-out failed',
    says: 'At least one shard failed after its retries, or the state machine itself did.',
    threshold: 1,
    // No execution, no failure.
    missing: TreatMissingData.NOT_BREACHING,
  };
}

/**
 * The age, and where the daily dry run did not even start: too old. A shard that never succeeded
 * has no age.
 */
function ageOfSuccess(age: Metric, rotation: IFunction, successWithin: Duration): MathExpression {
  const runs = rotation.metricInvocations({ period: Duration.days(1), statistic: Stats.SUM });
  return new MathExpression({
    expression: `IF(FILL(runs, 0) > 0, FILL(age, 0), ${successWithin.toSeconds()})`,
    usingMetrics: { age, runs },
    label: 'seconds since a success',
    period: Duration.days(1),
  });
}

/** The highest value of a metric of the functions in each period. */
export function gauge(name: string, metricName: string, period: Duration): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [NAME_DIMENSION]: name },
    statistic: Stats.MAXIMUM,
    period,
  });
}

/** The sum of metrics that say nothing while there is nothing to say. */
function sum(metrics: readonly Metric[], label: string): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics, label, period: Duration.minutes(5) });
}
