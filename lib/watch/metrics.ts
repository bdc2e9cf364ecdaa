import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, NAME_DIMENSION } from '../../lambda/report/metric-names.ts';

/** Returns the metric `metricName` that the functions of the deployment `name` report. */
export function ownMetric(
  name: string,
  metricName: string,
  { statistic, period }: { statistic: string; period: Duration },
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [NAME_DIMENSION]: name },
    statistic,
    period,
  });
}

/** Returns a day's highest value of a metric of the deployment `name`. */
export function dailyMaximum(name: string, metricName: string): Metric {
  return ownMetric(name, metricName, { statistic: Stats.MAXIMUM, period: Duration.days(1) });
}

/** Returns the sum over 5 minutes of metrics that have no data while there is nothing to count. */
export function sumOf(metrics: readonly Metric[], label: string): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return new MathExpression({
    expression,
    usingMetrics,
    label,
    period: Duration.minutes(5),
  });
}
