import { createTokenClient, type TokenClient } from 'token-rotator/client';

/**
 * A client of the home that TOKENS_HOME names, or else of the deployed stack whose refresh function
 * REFRESH_FUNCTION names.
 */
export function openClient(): TokenClient {
  const {
    TOKENS_HOME,
    TOKENS_NAME = 'token-rotator',
    TOKENS_SHARD,
    REFRESH_FUNCTION,
  } = process.env;
  if (TOKENS_HOME) return createTokenClient({ home: TOKENS_HOME, shard: TOKENS_SHARD });
  return createTokenClient({
    name: TOKENS_NAME,
    refreshFunction: REFRESH_FUNCTION,
    shard: TOKENS_SHARD,
  });
}
