import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

/**
 * Holds the options of both AWS clients. An absent one comes from the standard AWS variables and
 * files.
 */
export type AwsOptions = Pick<
  SecretsManagerClientConfig & LambdaClientConfig,
  'region' | 'endpoint' | 'credentials'
>;
