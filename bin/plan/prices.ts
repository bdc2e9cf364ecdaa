/**
 * Lists the prices of AWS in us-east-1, in dollars, without free tiers. Sources are the price pages
 * of each service: https://aws.amazon.com/secrets-manager/pricing/ and its like.
 */
export const PRICES = {
  as_of: '2026-11-01',
  region: 'us-east-1',
  secret_month: 0.4,
  secrets_manager_call: 0.05 / 10_000,
  kms_key_month: 1,
  kms_call: 0.03 / 10_000,
  s3_put: 0.005 / 1_000,
  s3_get: 0.0004 / 1_000,
  s3_gb_month: 0.023,
  lambda_call: 0.2 / 1_000_000,
  lambda_gb_second: 0.0000133334,
  metric_month: 0.3,
  alarm_month: 0.1,
  dashboard_month: 3,
  log_gb: 0.5,
  scheduler_call: 1 / 1_000_000,
  event: 1 / 1_000_000,
} as const;
