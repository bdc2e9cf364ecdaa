import { createHttpsAgent } from '../../lambda/aws/https-agent.ts';
import { secretOfShard } from '../../lambda/names.ts';
import { listShards, readSecret } from './access-token-secrets.ts';
import type { AwsOptions } from './aws-options.ts';
import { noRefreshError } from './errors.ts';
import { once } from './once.ts';
import { createRefreshFunction } from './refresh-function.ts';
import type { TokenSource } from './token-source.ts';

/** Makes three attempts of 5 s at most. */
const READ_CONFIG = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    throwOnRequestTimeout: true,
  },
};

/**
 * Reads the tokens of a deployed stack from the secrets `<name>/access-tokens[/<shard>]`, and
 * invokes `refreshFunction`, where one is given, with the permissions that grantTokens gives. The
 * AWS SDK is loaded at the first use.
 */
export function createDeployedSource(
  name: string,
  refreshFunction: string | null,
  aws: AwsOptions,
): TokenSource {
  const secretName = `${name}/access-tokens`;
  const secretsManager = once(async () => {
    const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const requestHandler = { ...READ_CONFIG.requestHandler, httpsAgent: createHttpsAgent() };
    return new SecretsManagerClient({ ...READ_CONFIG, requestHandler, ...aws });
  });
  const invoke = refreshFunction === null ? null : createRefreshFunction(refreshFunction, aws);
  return {
    read: async (shard) => readSecret(await secretsManager(), secretOfShard(secretName, shard)),
    shards: async () => listShards(await secretsManager(), secretName),
    async refresh(request) {
      if (invoke === null) {
        throw noRefreshError(request.tenant);
      }
      return invoke(request);
    },
  };
}
