import { Aws, Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IAlarm,
  MathExpression,
  type Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  METRIC_NAMESPACE,
  METRICS,
  NAME_DIMENSION,
  PROVIDER_DIMENSION,
  SHARD_DIMENSION,
} from '../lambda/report/metric-names.ts';
import { apiMetric } from './connect-alarms.ts';
import type { ConnectPage } from './connect-page.ts';
import { dailyMaximum, ownMetric } from './metrics.ts';
import { FULL_PERCENT } from './rotation-alarms.ts';

const FULL_WIDTH = 24;
const HALF = FULL_WIDTH / 2;

export interface DashboardProps {
  readonly name: string;
  readonly alarms: readonly IAlarm[];
  readonly rotation: IFunction;
  readonly refresh: IFunction;
  readonly connect: ConnectPage | undefined;
}

/**
 * Creates the page that answers, from top to bottom: is all well, what became of the last runs,
 * whose fault is it, how long will it last.
 */
export function createDashboard(
  scope: Construct,
  id: string,
  { name, alarms, rotation, refresh, connect }: DashboardProps,
): Dashboard {
  const dashboard = new Dashboard(scope, id, {
    dashboardName: `${name}-${Aws.REGION}`,
    defaultInterval: Duration.days(28),
  });
  dashboard.addWidgets(
    new TextWidget({
      width: FULL_WIDTH,
      height: 2,
      markdown: [
        `# ${name}`,
        'Who fails, and what to do: `npm run tokens -- --stack <stack> status`.',
        'Every alarm has its section in lib/RUNBOOK.md.',
      ].join('\n'),
    }),
  );
  dashboard.addWidgets(
    new AlarmStatusWidget({ title: 'Alarms', width: HALF, height: 6, alarms: [...alarms] }),
    nowWidget(name),
  );
  dashboard.addWidgets(outcomesWidget(name), failingWidget(name));
  dashboard.addWidgets(latencyWidget(name), fullnessWidget(name));
  dashboard.addWidgets(horizonWidget(name), functionsWidget(rotation, refresh));
  if (connect) dashboard.addWidgets(visitsWidget(connect), redeemWidget(connect));
  return dashboard;
}

function nowWidget(name: string): SingleValueWidget {
  const day = Duration.days(1);
  const days = new MathExpression({
    expression: 's / 86400',
    usingMetrics: { s: dailyMaximum(name, METRICS.secondsSinceSuccess) },
    label: 'days since a success',
    period: day,
  });
  return new SingleValueWidget({
    title: 'Today',
    width: HALF,
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

function outcomesWidget(name: string): GraphWidget {
  const outcome = (metricName: string, color: string): Metric =>
    ownMetric(name, metricName, { statistic: Stats.SUM, period: Duration.hours(1) }).with({
      color,
    });
  return new GraphWidget({
    title: 'Outcomes of the runs, by hour',
    width: HALF,
    stacked: true,
    left: [
      outcome(METRICS.rotated, Color.GREEN),
      outcome(METRICS.recovered, Color.BLUE),
      outcome(METRICS.deferred, Color.GREY),
      outcome(METRICS.busy, Color.BROWN),
      outcome(METRICS.failed, Color.RED),
      outcome(METRICS.uncommitted, Color.PURPLE),
    ],
    leftYAxis: { min: 0, label: 'tenants', showUnits: false },
  });
}

function failingWidget(name: string): GraphWidget {
  return new GraphWidget({
    title: 'Failing tenants by provider',
    width: HALF,
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

function latencyWidget(name: string): GraphWidget {
  return new GraphWidget({
    title: 'Latency of the providers, p90',
    width: HALF,
    left: [
      searchBy(PROVIDER_DIMENSION, name, {
        metricName: METRICS.exchangeLatency,
        statistic: 'p90',
        period: Duration.hours(1),
      }),
    ],
    leftYAxis: { min: 0, label: 'ms', showUnits: false },
  });
}

function fullnessWidget(name: string): GraphWidget {
  return new GraphWidget({
    title: 'Fullness of the shards',
    width: HALF,
    left: [
      searchBy(SHARD_DIMENSION, name, {
        metricName: METRICS.shardFullness,
        statistic: Stats.MAXIMUM,
        period: Duration.days(1),
      }),
    ],
    leftAnnotations: [{ value: FULL_PERCENT, label: 'split it', color: Color.RED }],
    leftYAxis: { min: 0, max: 100, label: '%', showUnits: false },
  });
}

function horizonWidget(name: string): GraphWidget {
  const nearest = ownMetric(name, METRICS.secondsToNearestExpiry, {
    statistic: Stats.MINIMUM,
    period: Duration.hours(1),
  });
  return new GraphWidget({
    title: 'Until the first access token ends (below 0: it has ended)',
    width: HALF,
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

function functionsWidget(rotation: IFunction, refresh: IFunction): GraphWidget {
  const period = Duration.hours(1);
  return new GraphWidget({
    title: 'The functions',
    width: HALF,
    left: [
      rotation.metricDuration({ period, statistic: Stats.MAXIMUM, label: 'longest run' }),
      refresh.metricDuration({ period, statistic: Stats.MAXIMUM, label: 'longest refresh' }),
    ],
    right: [
      rotation.metricErrors({ period, label: 'failed runs', color: Color.RED }),
      refresh.metricErrors({ period, label: 'failed refreshes', color: Color.ORANGE }),
    ],
    leftYAxis: { min: 0, label: 'ms', showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
  });
}

function visitsWidget({ apiId }: ConnectPage): GraphWidget {
  const period = Duration.hours(1);
  return new GraphWidget({
    title: 'The connect page',
    width: HALF,
    left: [
      apiMetric(apiId, 'Count', Stats.SUM).with({ period, label: 'requests' }),
      apiMetric(apiId, '4xx', Stats.SUM).with({ period, label: 'refused', color: Color.ORANGE }),
      apiMetric(apiId, '5xx', Stats.SUM).with({ period, label: 'failed', color: Color.RED }),
    ],
    right: [apiMetric(apiId, 'Latency', 'p90').with({ period, label: 'p90, ms' })],
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, label: 'ms', showUnits: false },
  });
}

function redeemWidget({ redeem }: ConnectPage): GraphWidget {
  const period = Duration.hours(1);
  return new GraphWidget({
    title: 'Consents redeemed',
    width: HALF,
    left: [redeem.metricDuration({ period, statistic: Stats.MAXIMUM, label: 'longest' })],
    right: [
      redeem.metricInvocations({ period, label: 'asked' }),
      redeem.metricErrors({ period, label: 'failed', color: Color.RED }),
    ],
    leftYAxis: { min: 0, label: 'ms', showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
  });
}

/** What a search draws of each metric that it finds. */
interface Drawn {
  readonly metricName: string;
  readonly statistic: string;
  readonly period: Duration;
}

/** Draws one line for each value of `dimension`: providers and shards come without a deploy. */
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
