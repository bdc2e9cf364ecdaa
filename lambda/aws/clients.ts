import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STORE_CALL_MS } from '../deadlines.ts';
import { createHttpsAgent } from './https-agent.ts';

/** Waiting for a free socket counts as connecting, so that each exchange under way has its own. */
const MAX_SOCKETS = 256;

/**
 * Settings of every AWS client of the functions. They allow three attempts of 2.5 s, within the
 * deadline of a port call. Endpoints, region and credentials come from the standard AWS variables.
 */
export const clientConfig = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 2_500,
    // Without it the SDK only prints a warning when the time is over.
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: MAX_SOCKETS },
    httpsAgent: createHttpsAgent(MAX_SOCKETS),
  },
};

interface AwsClients {
  secretsManager: SecretsManagerClient;
  s3: S3Client;
}

/** Creates the clients that every invocation of one process shares. */
export function createClients(): AwsClients {
  return { secretsManager: new SecretsManagerClient(clientConfig), s3: new S3Client(clientConfig) };
}

/**
 * Returns the options of one port call, retries and all. Pass the same object to each of its
 * requests, but a new one to each page of a listing.
 */
export function withDeadline(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(STORE_CALL_MS) };
}
