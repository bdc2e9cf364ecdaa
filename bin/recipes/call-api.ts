/** Calls an API for one tenant: `call-api.ts acme https://api.example/v1/reports`. */
import { pathToFileURL } from 'node:url';
import type { TokenClient } from 'token-rotator/client';
import { openClient } from './open-client.ts';

const TIMEOUT_MS = 60_000;

/**
 * Gets `url` with the tenant's headers. A token that is refused is replaced, and the call made once
 * more; a second 401 is the caller's to judge.
 */
export async function callApi(client: TokenClient, tenant: string, url: string): Promise<Response> {
  const first = await fetch(url, {
    headers: await client.headers(tenant),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (first.status !== 401) return first;
  await first.body?.cancel();
  client.invalidate(tenant);
  return fetch(url, {
    headers: await client.headers(tenant),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [tenant = '', url = ''] = process.argv.slice(2);
  const response = await callApi(openClient(), tenant, url);
  console.log(await response.text());
  if (!response.ok) process.exitCode = 1;
}
