import { Duration } from 'aws-cdk-lib';
import {
  Color,
  GraphWidget,
  MathExpression,
  type Metric,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import {
  METRIC_NAMESPACE,
  METRICS,
  NAME_DIMENSION,
  PROVIDER_DIMENSION,
  SHARD_DIMENSION,
} from '../../lambda/report/metric-names.ts';
import { dailyMaximum, ownMetric } from './metrics.ts';
import { FULL_PERCENT } from './rotation-alarms.ts';
import { HALF_WIDTH } from './widget-size.ts';

/** Returns the figures of today. */
export function nowWidget(name: string): SingleValueWidget {
  const day = Duration.days(1);
  const days = new MathExpression({
    expression: 's / 86400',
    usingMetrics: { s: dailyMaximum(name, METRICS.secondsSinceSuccess) },
    label: 'days since a success',
    period: day,
  });
  return new SingleValueWidget({
    title: 'Today',
    width: HALF_WIDTH,
    height: 6,
    metrics: [
      dailyMaximum(name, METRICS.failingTenants).with({ label: 'failing tenants' }),
      dailyMaximum(name, METRICS.tokensWaiting).with({ label: 'tokens waiting in the archive' }),
      days,
      dailyMaximum(name, METRICS.shardFullness).with({ label: 'fullest shard, %' }),
      ownMetric(name, METRICS.daysToNextEnd, { statistic: Stats.MINIMUM, period: day }).with({
        label: 'days to the next end',
      }),
    ],
  });
}

/** Returns what became of the tenants in each hour. */
export function outcomesWidget(name: string): GraphWidget {
  const outcome = (metricName: string, color: string): Metric =>
    ownMetric(name, metricName, { statistic: Stats.SUM, period: Duration.hours(1) }).with({
      color,
    });
  return new GraphWidget({
    title: 'Outcomes of the runs, by hour',
    width: HALF_WIDTH,
    stacked: true,
    left: [
      outcome(METRICS.rotated, Color.GREEN),
      outcome(METRICS.recovered, Color.BLUE),
      outcome(METRICS.deferred, Color.GREY),
      outcome(METRICS.busy, Color.BROWN),
      outcome(METRICS.failed, Color.RED),
      outcome(METRICS.uncommitted, Color.PURPLE),
    ],
    leftYAxis: {
      min: 0,
      label: 'tenants',
      showUnits: false,
    },
  });
}

/** Returns the failing tenants of each provider. */
export function failingWidget(name: string): GraphWidget {
  return new GraphWidget({
    title: 'Failing tenants by provider',
    width: HALF_WIDTH,
    left: [
      searchBy(PROVIDER_DIMENSION, name, {
        metricName: METRICS.failingTenants,
        statistic: Stats.MAXIMUM,
        period: Duration.days(1),
      }),
    ],
    leftYAxis: { min: 0, showUnits: false },
  });
}

/** Returns how long each provider takes to answer. */
export function latencyWidget(name: string): GraphWidget {
  return new GraphWidget({
    title: 'Latency of the providers, p90',
    width: HALF_WIDTH,
    left: [
      searchBy(PROVIDER_DIMENSION, name, {
        metricName: METRICS.exchangeLatency,
        statistic: 'p90',
        period: Duration.hours(1),
      }),
    ],
    leftYAxis: {
      min: 0,
      label: 'ms',
      showUnits: false,
    },
  });
}

/** Returns how full the secrets of each shard are. */
export function fullnessWidget(name: string): GraphWidget {
  return new GraphWidget({
    title: 'Fullness of the shards',
    width: HALF_WIDTH,
    left: [
      searchBy(SHARD_DIMENSION, name, {
        metricName: METRICS.shardFullness,
        statistic: Stats.MAXIMUM,
        period: Duration.days(1),
      }),
    ],
    leftAnnotations: [{ value: FULL_PERCENT, label: 'split it', color: Color.RED }],
    leftYAxis: {
      min: 0,
      max: 100,
      label: '%',
      showUnits: false,
    },
  });
}

/** Returns the time until the first access token ends. */
export function horizonWidget(name: string): GraphWidget {
  const nearest = ownMetric(name, METRICS.secondsToNearestExpiry, {
    statistic: Stats.MINIMUM,
    period: Duration.hours(1),
  });
  return new GraphWidget({
    title: 'Until the first access token ends (below 0: it has ended)',
    width: HALF_WIDTH,
    left: [
      new MathExpression({
        expression: 's / 60',
        usingMetrics: { s: nearest },
        label: 'minutes',
        period: Duration.hours(1),
      }),
    ],
    leftYAxis: { label: 'minutes', showUnits: false },
    leftAnnotations: [{ value: 0, color: Color.RED }],
  });
}

/** The line that a search draws of each metric that it finds. */
interface Drawn {
  readonly metricName: string;
  readonly statistic: string;
  readonly period: Duration;
}

/** Draws one line for each value of `dimension`. Providers and shards come without a deploy. */
function searchBy(
  dimension: string,
  name: string,
  { metricName, statistic, period }: Drawn,
): MathExpression {
  const schema = `{${METRIC_NAMESPACE},${NAME_DIMENSION},${dimension}}`;
  const filter = `${NAME_DIMENSION}="${name}" MetricName="${metricName}"`;
  return new MathExpression({
    expression: `SEARCH('${schema} ${filter}', '${statistic}', ${period.toSeconds()})`,
    label: `\${PROP('Dim.${dimension}')}`,
    period,
  });
}
