import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { groupBy } from '../group-by.ts';
import type { Gauges, Outcome, Report } from '../outcome.ts';
import type { DrillReport } from './drill-report.ts';
import { METRICS, PROVIDER_DIMENSION, SHARD_DIMENSION } from './metric-names.ts';

/**
 * Holds one metric of a run. Its numbers are of the deployment, or of a provider or shard where `by`
 * says so, and never of a tenant.
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
  const gauges = report.gauges ? readGauges(report.gauges) : [];
  if (report.dry_run) {
    return gauges;
  }
  return [...countOutcomes(report), ...measureLatency(report.outcomes), ...gauges];
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
  for (const measured of measurements.filter(({ by }) => by === null)) {
    addValues(metrics, measured, measured.values);
  }
  publish(metrics);
  for (const measured of measurements) {
    publishByDimension(metrics, measured);
  }
}

function publishByDimension(metrics: Metrics, measured: Measurement): void {
  const { by, values } = measured;
  if (by === null) {
    return;
  }
  for (let start = 0; start < values.length; start += MAX_VALUES) {
    // Publishing drops the dimension.
    metrics.addDimension(by.dimension, by.value);
    addValues(metrics, measured, values.slice(start, start + MAX_VALUES));
    publish(metrics);
  }
}

function addValues(metrics: Metrics, { name, unit }: Measurement, values: number[]): void {
  for (const value of values) {
    metrics.addMetric(name, unit, value);
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
  if (metrics.hasStoredMetrics()) {
    metrics.publishStoredMetrics();
  }
}

function countOutcomes({ summary }: Report): Measurement[] {
  return COUNTED.map((status) => measurement(METRICS[status], MetricUnit.Count, [summary[status]]));
}

const COUNTED = ['rotated', 'recovered', 'failed', 'deferred', 'busy', 'uncommitted'] as const;

function measureLatency(outcomes: readonly Outcome[]): Measurement[] {
  const timed = outcomes.flatMap(({ provider, duration_ms }) =>
    provider === null || duration_ms === undefined ? [] : [{ provider, duration_ms }],
  );
  const byProvider = groupBy(timed, ({ provider }) => provider);
  return [...byProvider].map(([provider, exchanges]) => {
    const values = exchanges.map(({ duration_ms }) => duration_ms);
    return measurement(METRICS.exchangeLatency, MetricUnit.Milliseconds, values, {
      dimension: PROVIDER_DIMENSION,
      value: provider,
    });
  });
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
