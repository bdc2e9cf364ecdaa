import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { metricNames, PROVIDER_DIMENSION } from './metric-names.ts';
import type { Gauges, Outcome, Report } from './outcome.ts';

/** One metric of a run. Holds numbers and a provider's id, nothing of a tenant. */
export interface Measurement {
  name: string;
  unit: (typeof MetricUnit)[keyof typeof MetricUnit];
  values: number[];
  /** Null: of the whole deployment. */
  provider: string | null;
}

/** What a report says in numbers. A dry run changes nothing, so that only its gauges count. */
export function measure(report: Report): Measurement[] {
  const counts = report.dry_run ? [] : [...countOutcomes(report), ...measureLatency(report.outcomes)];
  return [...counts, ...(report.gauges ? readGauges(report.gauges) : [])];
}

/** Most values of one metric in one EMF line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const MAX_VALUES = 100;

/** Prints the metrics of a run in the Embedded Metric Format, from which CloudWatch Logs makes metrics. */
export function publishMetrics(report: Report, metrics: Metrics): void {
  const measurements = measure(report);
  const deployment = measurements.filter(({ provider }) => provider === null);
  for (const { name, unit, values } of deployment) for (const value of values) metrics.addMetric(name, unit, value);
  metrics.publishStoredMetrics();

  for (const { name, unit, values, provider } of measurements) {
    if (provider === null) continue;
    for (let start = 0; start < values.length; start += MAX_VALUES) {
      // Publishing drops the dimension.
      metrics.addDimension(PROVIDER_DIMENSION, provider);
      for (const value of values.slice(start, start + MAX_VALUES)) metrics.addMetric(name, unit, value);
      metrics.publishStoredMetrics();
    }
  }
}

function countOutcomes({ summary }: Report): Measurement[] {
  return (['rotated', 'recovered', 'failed', 'deferred', 'busy', 'uncommitted'] as const).map((status) =>
    measurement(metricNames[status], MetricUnit.Count, [summary[status]]),
  );
}

function measureLatency(outcomes: readonly Outcome[]): Measurement[] {
  const byProvider = new Map<string, number[]>();
  for (const { provider, duration_ms } of outcomes) {
    if (provider === null || duration_ms === undefined) continue;
    const values = byProvider.get(provider);
    if (values) values.push(duration_ms);
    else byProvider.set(provider, [duration_ms]);
  }
  return [...byProvider].map(([provider, values]) => measurement(metricNames.exchangeLatency, MetricUnit.Milliseconds, values, provider));
}

function readGauges(gauges: Gauges): Measurement[] {
  const failing = gauges.failing_tenants;
  return [
    measurement(metricNames.secondsSinceLastSuccess, MetricUnit.Seconds, present(gauges.seconds_since_last_success)),
    measurement(metricNames.secondsToNearestExpiry, MetricUnit.Seconds, present(gauges.seconds_to_nearest_expiry)),
    measurement(metricNames.tokensWaiting, MetricUnit.Count, [gauges.tokens_waiting]),
    measurement(metricNames.failingTenants, MetricUnit.Count, [failing.reduce((sum, { count }) => sum + count, 0)]),
    ...failing.map(({ provider, count }) => measurement(metricNames.failingTenants, MetricUnit.Count, [count], provider)),
    measurement(metricNames.shardFullness, MetricUnit.Percent, [Math.max(0, ...gauges.fullness.map(({ ratio }) => ratio * 100))]),
  ];
}

function measurement(name: string, unit: Measurement['unit'], values: number[], provider: string | null = null): Measurement {
  return { name, unit, values, provider };
}

function present(value: number | null): number[] {
  return value === null ? [] : [value];
}
