import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An API that takes access tokens. */
export interface ResourceServer {
  url: string;
  /** Tokens that it refuses with 401. */
  refused: Set<string>;
  /** The tokens it was sent, in order. */
  sent: string[];
  close(): Promise<void>;
}

/**
 * Starts it on a free port of 127.0.0.1. It answers with the tenant whose token it was sent (what
 * stands before the first dot) and the header X-Account.
 */
export async function startResourceServer(): Promise<ResourceServer> {
  const refused = new Set<string>();
  const sent: string[] = [];
  const server = createServer((request, response) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    sent.push(token);
    const ok = token !== '' && !refused.has(token);
    response.writeHead(ok ? 200 : 401, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        ok
          ? { tenant: token.split('.')[0], account: request.headers['x-account'] }
          : { error: 'invalid_token' },
      ),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/reports`,
    refused,
    sent,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
