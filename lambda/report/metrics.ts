import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DrillReport } from '../drill-report.ts';
import type { Gauges, Outcome, Report } from '../outcome.ts';
import { METRICS, PROVIDER_DIMENSION, SHARD_DIMENSION } from './metric-names.ts';

/**
 * One metric of a run, numbers by deployment, and by provider or shard where `by` says so; nothing
 * of a tenant.
 */
export interface Measurement {
  name: string;
  unit: (typeof MetricUnit)[keyof typeof MetricUnit];
  values: number[];
  by: { dimension: string; value: string } | null;
}

/**
 * Returns what a report says in numbers. A dry run changes nothing, so that only its gauges count.
 */
export function measure(report: Report): Measurement[] {
  const counts = report.dry_run
    ? []
    : [...countOutcomes(report), ...measureLatency(report.outcomes)];
  return [...counts, ...(report.gauges ? readGauges(report.gauges) : [])];
}

/**
 * Most values of one metric in one EMF line:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const MAX_VALUES = 100;

/**
 * Prints the metrics of a run in the Embedded Metric Format, from which CloudWatch Logs makes
 * metrics.
 */
export function publishMetrics(report: Report, metrics: Metrics): void {
  const measurements = measure(report);
  for (const { name, unit, values, by } of measurements) {
    if (by === null) for (const value of values) metrics.addMetric(name, unit, value);
  }
  publish(metrics);

  for (const { name, unit, values, by } of measurements) {
    if (by === null) continue;
    for (let start = 0; start < values.length; start += MAX_VALUES) {
      // Publishing drops the dimension.
      metrics.addDimension(by.dimension, by.value);
      for (const value of values.slice(start, start + MAX_VALUES)) {
        metrics.addMetric(name, unit, value);
      }
      publish(metrics);
    }
  }
}

/** Prints the metrics of a drill. */
export function publishDrill({ back, shards }: DrillReport, metrics: Metrics): void {
  const missing = shards.reduce((sum, shard) => sum + shard.missing.length, 0);
  metrics.addMetric(METRICS.drillBack, MetricUnit.Count, back);
  metrics.addMetric(METRICS.drillMissing, MetricUnit.Count, missing);
  publish(metrics);
}

/** Powertools publishes at 100 values of a metric, and warns of a line without any. */
function publish(metrics: Metrics): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}

function countOutcomes({ summary }: Report): Measurement[] {
  return (['rotated', 'recovered', 'failed', 'deferred', 'busy', 'uncommitted'] as const).map(
    (status) => measurement(METRICS[status], MetricUnit.Count, [summary[status]]),
  );
}

function measureLatency(outcomes: readonly Outcome[]): Measurement[] {
  const byProvider = new Map<string, number[]>();
  for (const { provider, duration_ms } of outcomes) {
    if (provider === null || duration_ms === undefined) continue;
    const values = byProvider.get(provider);
    if (values) {
      values.push(duration_ms);
    } else {
      byProvider.set(provider, [duration_ms]);
    }
  }
  return [...byProvider].map(([provider, values]) =>
    measurement(METRICS.exchangeLatency, MetricUnit.Milliseconds, values, {
      dimension: PROVIDER_DIMENSION,
      value: provider,
    }),
  );
}

function readGauges({ failing_tenants, fullness, ...gauges }: Gauges): Measurement[] {
  const failing = failing_tenants.reduce((sum, { count }) => sum + count, 0);
  const fullest = Math.max(0, ...fullness.map(({ ratio }) => ratio));
  return [
    measurement(
      METRICS.secondsSinceSuccess,
      MetricUnit.Seconds,
      present(gauges.seconds_since_last_success),
    ),
    measurement(
      METRICS.secondsToNearestExpiry,
      MetricUnit.Seconds,
      present(gauges.seconds_to_nearest_expiry),
    ),
    measurement(METRICS.daysToNextEnd, MetricUnit.Count, present(gauges.days_to_next_end)),
    measurement(METRICS.tokensWaiting, MetricUnit.Count, [gauges.tokens_waiting]),
    measurement(METRICS.failingTenants, MetricUnit.Count, [failing]),
    ...failing_tenants.map(({ provider, count }) =>
      measurement(METRICS.failingTenants, MetricUnit.Count, [count], {
        dimension: PROVIDER_DIMENSION,
        value: provider,
      }),
    ),
    measurement(METRICS.shardFullness, MetricUnit.Percent, [fullest * 100]),
    ...fullness.map(({ shard, ratio }) =>
      measurement(METRICS.shardFullness, MetricUnit.Percent, [ratio * 100], {
        dimension: SHARD_DIMENSION,
        value: shard,
      }),
    ),
  ];
}

function measurement(
  name: string,
  unit: Measurement['unit'],
  values: number[],
  by: Measurement['by'] = null,
): Measurement {
  return {
    name,
    unit,
    values,
    by,
  };
}

function present(value: number | null): number[] {
  return value === null ? [] : [value];
}
