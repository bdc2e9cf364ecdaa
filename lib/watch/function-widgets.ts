import { Duration } from 'aws-cdk-lib';
import { Color, GraphWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ConnectPage } from '../functions/connect-page.ts';
import { apiMetric } from './connect-alarms.ts';
import { HALF_WIDTH } from './widget-size.ts';

/** Returns the durations and errors of the functions. */
export function functionsWidget(rotation: IFunction, refresh: IFunction): GraphWidget {
  const period = Duration.hours(1);
  return new GraphWidget({
    title: 'The functions',
    width: HALF_WIDTH,
    left: [
      rotation.metricDuration({
        period,
        statistic: Stats.MAXIMUM,
        label: 'longest run',
      }),
      refresh.metricDuration({
        period,
        statistic: Stats.MAXIMUM,
        label: 'longest refresh',
      }),
    ],
    right: [
      rotation.metricErrors({
        period,
        label: 'failed runs',
        color: Color.RED,
      }),
      refresh.metricErrors({
        period,
        label: 'failed refreshes',
        color: Color.ORANGE,
      }),
    ],
    leftYAxis: {
      min: 0,
      label: 'ms',
      showUnits: false,
    },
    rightYAxis: { min: 0, showUnits: false },
  });
}

/** Returns the requests to the connect page. */
export function visitsWidget({ apiId }: ConnectPage): GraphWidget {
  const period = Duration.hours(1);
  return new GraphWidget({
    title: 'The connect page',
    width: HALF_WIDTH,
    left: [
      apiMetric(apiId, 'Count', Stats.SUM).with({ period, label: 'requests' }),
      apiMetric(apiId, '4xx', Stats.SUM).with({
        period,
        label: 'refused',
        color: Color.ORANGE,
      }),
      apiMetric(apiId, '5xx', Stats.SUM).with({
        period,
        label: 'failed',
        color: Color.RED,
      }),
    ],
    right: [apiMetric(apiId, 'Latency', 'p90').with({ period, label: 'p90, ms' })],
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: {
      min: 0,
      label: 'ms',
      showUnits: false,
    },
  });
}

/** Returns the consents that were redeemed. */
export function redeemWidget({ redeem }: ConnectPage): GraphWidget {
  const period = Duration.hours(1);
  return new GraphWidget({
    title: 'Consents redeemed',
    width: HALF_WIDTH,
    left: [
      redeem.metricDuration({
        period,
        statistic: Stats.MAXIMUM,
        label: 'longest',
      }),
    ],
    right: [
      redeem.metricInvocations({ period, label: 'asked' }),
      redeem.metricErrors({
        period,
        label: 'failed',
        color: Color.RED,
      }),
    ],
    leftYAxis: {
      min: 0,
      label: 'ms',
      showUnits: false,
    },
    rightYAxis: { min: 0, showUnits: false },
  });
}
