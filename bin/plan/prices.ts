/**
 * Lists the prices of AWS in us-east-1, in dollars, of the first tier, without free tiers. Compared
 * on 2026-11-25 with what is cited of these pages. Other regions differ by up to a quarter.
 *
 * - https://aws.amazon.com/secrets-manager/pricing/ and https://aws.amazon.com/kms/pricing/
 * - https://aws.amazon.com/s3/pricing/ (S3 Standard; a LIST costs what a PUT does)
 * - https://aws.amazon.com/lambda/pricing/ (arm64)
 * - https://aws.amazon.com/cloudwatch/pricing/ and https://aws.amazon.com/eventbridge/pricing/
 */
export const PRICES = {
  as_of: '2026-11-25',
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
  log_gb: 0.5,
  scheduler_call: 1 / 1_000_000,
  event: 1 / 1_000_000,
} as const;
