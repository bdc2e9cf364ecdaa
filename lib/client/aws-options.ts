import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

/**
 * What both AWS clients are made with; what is absent comes from the standard AWS variables and
 * files.
 */
export type AwsOptions = Pick<
  SecretsManagerClientConfig & LambdaClientConfig,
  'region' | 'endpoint' | 'credentials'
>;
