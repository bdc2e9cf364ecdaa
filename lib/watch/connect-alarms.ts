import { Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ConnectPage } from '../functions/connect-page.ts';
import type { AlarmSpecs } from './alarms.ts';
import { sumOf } from './metrics.ts';

/** Returns the alarms of a deployment with the connect page. */
export function connectAlarms({ apiId, redeem }: ConnectPage): AlarmSpecs {
  return {
    ConnectPageFailing: {
      metric: sumOf([apiMetric(apiId, '5xx', Stats.SUM)], 'failed requests'),
      says: 'The connect page failed, so that clients could not consent.',
      anchor: 'the-connect-page-fails',
      threshold: 1,
      // No visitor, no failure.
      missing: TreatMissingData.NOT_BREACHING,
    },
    ConsentNotRedeemed: {
      metric: redeem.metricErrors(),
      says: 'A consent that a client gave could not be redeemed.',
      anchor: 'a-consent-was-not-redeemed',
      threshold: 1,
      // Nobody consented, nothing failed.
      missing: TreatMissingData.NOT_BREACHING,
    },
  };
}

/** Returns a metric of an HTTP API (`Count`, `4xx`, `5xx` or `Latency`). */
export function apiMetric(apiId: string, metricName: string, statistic: string): Metric {
  return new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: apiId },
    statistic,
  });
}
