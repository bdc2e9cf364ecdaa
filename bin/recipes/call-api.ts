/**
 * Calls an API for one tenant: `call-api.ts acme https://api.example/v1/reports`. Takes tokens from
 * the folder TOKENS_HOME, or else from the deployed stack whose refresh function REFRESH_FUNCTION
 * names.
 */
import { createTokenClient } from 'token-rotator/client';

const TIMEOUT_MS = 60_000;

const [tenant = '', url = ''] = process.argv.slice(2);
const { TOKENS_HOME, TOKENS_NAME = 'token-rotator', TOKENS_SHARD, REFRESH_FUNCTION } = process.env;
const shard = TOKENS_SHARD;
const client = TOKENS_HOME
  ? createTokenClient({ home: TOKENS_HOME, shard })
  : createTokenClient({
      name: TOKENS_NAME,
      refreshFunction: REFRESH_FUNCTION,
      shard,
    });

let response = await callApi();
if (response.status === 401) {
  // The API refused the token. The client has it replaced, and gives the new one.
  await response.body?.cancel();
  client.invalidate(tenant);
  response = await callApi();
}
console.log(await response.text());
if (!response.ok) {
  process.exitCode = 1;
}

async function callApi(): Promise<Response> {
  const headers = await client.headers(tenant);
  return fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}
