/**
 * Gives callers of this machine the headers of a tenant, from a cache: for programs in languages
 * without a client, and for tools that can only call URLs.
 *
 *     GATEWAY_SECRET_FILE=secret.txt token-gateway.ts            (PORT=7878 unless given)
 *     curl -H "Authorization: Bearer $(cat secret.txt)" http://127.0.0.1:7878/tenants/acme/headers
 *     curl -H "Authorization: Bearer $(cat secret.txt)" -X POST http://127.0.0.1:7878/tenants/acme/refused      (after a 401)
 *
 * It hands out live tokens: it listens on loopback alone, and whoever knows the secret gets every
 * tenant that its home or role gives.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenError } from 'token-rotator/client';
import { openClient } from './open-client.ts';

const STATUS = {
  unknown_tenant: 404,
  not_authorized: 502,
  busy: 503,
  failing: 502,
  unavailable: 503,
} as const;
const MIN_SECRET_LENGTH = 32;

const secret = readFileSync(process.env.GATEWAY_SECRET_FILE ?? '', 'utf8').trim();
if (secret.length < MIN_SECRET_LENGTH)
  throw new Error(
    `The secret must have at least ${MIN_SECRET_LENGTH} characters: openssl rand -hex 32`,
  );
const client = openClient();

const server = createServer(async (request, response) => {
  const { status, body } = await answer(request);
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
});
server.listen(Number(process.env.PORT ?? 7878), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
  if (!mayAsk(request.headers.authorization ?? ''))
    return { status: 401, body: { error: 'the secret is missing or wrong' } };
  const [, tenant, what] =
    /^\/tenants\/([\w.-]+)\/(headers|refused)$/.exec(request.url ?? '') ?? [];
  if (tenant === undefined || request.method !== (what === 'headers' ? 'GET' : 'POST'))
    return { status: 404, body: { error: 'no such path' } };
  try {
    if (what === 'refused') client.invalidate(tenant);
    const [headers, { expiresAt }] = [await client.headers(tenant), await client.info(tenant)];
    return { status: 200, body: { tenant, headers, expires_at: expiresAt } };
  } catch (error) {
    if (!(error instanceof TokenError))
      return { status: 500, body: { error: 'a fault of the gateway' } };
    return {
      status: STATUS[error.code],
      body: { error: error.message, code: error.code, retryable: error.retryable },
    };
  }
}

/** Digests have one length, so that the comparison takes one time. */
function mayAsk(authorization: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${secret}`));
}
