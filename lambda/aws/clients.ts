import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * How long AWS may take. Every call of a port is over within `callDeadlineMs`, retries and all (listings: every page of theirs):
 * whoever starts something that must be stored afterwards keeps that much time for each call.
 */
export const awsTimeouts = {
  connectionTimeoutMs: 1_000,
  requestTimeoutMs: 2_500,
  maxAttempts: 3,
  callDeadlineMs: 8_000,
} as const;

/** What every AWS client of the functions is made with. Endpoints, region and credentials come from the standard AWS variables. */
export const clientConfig = {
  maxAttempts: awsTimeouts.maxAttempts,
  requestHandler: {
    connectionTimeout: awsTimeouts.connectionTimeoutMs,
    requestTimeout: awsTimeouts.requestTimeoutMs,
    // Without it the SDK only prints a warning when the time is over.
    throwOnRequestTimeout: true,
    // Waiting for a free socket counts as connecting: there must be one for every exchange under way.
    httpAgent: { maxSockets: 256 },
    httpsAgent: { maxSockets: 256 },
  },
};

export interface AwsClients {
  secretsManager: SecretsManagerClient;
  s3: S3Client;
}

/** Creates the clients that every invocation of one process shares. */
export function createClients(): AwsClients {
  return { secretsManager: new SecretsManagerClient(clientConfig), s3: new S3Client(clientConfig) };
}

/** The options of one port call: pass the same object to each request the call makes. */
export function withDeadline(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(awsTimeouts.callDeadlineMs) };
}
