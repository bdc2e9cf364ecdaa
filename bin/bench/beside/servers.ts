import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from '../../../test/fakes/authorization-server.ts';

/** Describes what the two servers of a comparison count. */
interface Counts {
  /** Token requests answered 429. */
  throttled: number;
  secretWrites: number;
  /** Writes that the secret store refused for its quotas. */
  secretRefused: number;
}

export interface Servers {
  authorization: AuthorizationServer;
  tokenUrl: string;
  secretUrl: string;
  counts: Counts;
  /** The value of the secret. */
  secret: { text: string };
  /** The accounts whose requests are under way, between their arrival and the end of the answer. */
  underWay: Set<string>;
  /** Resolves once no token request is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** From the arrival of a request to the server's own commit, and from there to its answer. */
  latencyMs: number;
  returnMs: number;
  /** Requests in a second before the server answers 429. */
  requestsASecond: number;
}

/** AWS Secrets Manager: writes in a second of an account, versions in a day of a secret. */
const WRITES_A_SECOND = 50;
const VERSIONS_A_DAY = 100;

/**
 * Starts an authorization server that rotates refresh tokens and takes a spent one for theft (RFC
 * 9700 section 4.14.2), and a secret store with the quotas of AWS, both on loopback.
 */
export async function startServers(options: ServerOptions): Promise<Servers> {
  const authorization = createAuthorizationServer();
  const counts: Counts = {
    throttled: 0,
    secretWrites: 0,
    secretRefused: 0,
  };
  const secret = { text: '{}' };
  const mayAsk = limitPerSecond(options.requestsASecond);
  const mayWrite = limitPerSecond(WRITES_A_SECOND);
  const underWay = new Set<string>();

  const token = await listen(async (request, response) => {
    const body = await readBody(request);
    // Tokens name their account, such as `refresh.acme.1`.
    const account = new URLSearchParams(body).get('refresh_token')?.split('.')[1] ?? '';
    underWay.add(account);
    try {
      const headers = { 'content-type': request.headers['content-type'] ?? '' };
      if (!mayAsk()) {
        counts.throttled += 1;
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      }
      await delay(options.latencyMs);
      const answer = authorization.handle({
        method: 'POST',
        url: '/token',
        headers,
        body,
      });
      await delay(options.returnMs);
      response.writeHead(answer.status ?? 500, answer.headers).end(answer.body);
    } finally {
      underWay.delete(account);
    }
  });
  const secrets = await listen(async (request, response) => {
    const text = await readBody(request);
    const isWritten = mayWrite() && counts.secretWrites < VERSIONS_A_DAY;
    if (isWritten) {
      secret.text = text;
    }
    counts[isWritten ? 'secretWrites' : 'secretRefused'] += 1;
    response.writeHead(isWritten ? 200 : 400).end();
  });
  return {
    authorization,
    counts,
    secret,
    underWay,
    tokenUrl: `${urlOf(token)}/token`,
    secretUrl: `${urlOf(secrets)}/secret`,
    async idle() {
      do {
        await delay(options.latencyMs + options.returnMs);
      } while (underWay.size > 0);
    },
    async close() {
      await Promise.all([token, secrets].map(closeServer));
    },
  };
}

function limitPerSecond(most: number): () => boolean {
  let second = 0;
  let made = 0;
  return () => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) {
      [second, made] = [now, 0];
    }
    made += 1;
    return made <= most;
  };
}

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
