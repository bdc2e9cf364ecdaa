import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpAnswer, HttpRequest } from '../../lambda/ports.ts';
import { type AuthorizationServer, createAuthorizationServer } from './authorization-server.ts';

/** One request that the server has acted on, as only the server can know it. */
export interface Served {
  account: string;
  /** The refresh token or code that was sent. */
  sent: string;
  result: 'issued' | 'replay' | 'refused';
  /** What it issued; the refresh token is the one that the account holds from now on. */
  accessToken: string | null;
  refreshToken: string | null;
}

/**
 * What one request goes through: it has arrived, the server has acted on it, the answer has been
 * handed to the network.
 */
export type Moment = 'arrived' | 'committed' | 'answered';

/** An authorization server with rotation and reuse detection behind real HTTP. */
export interface TokenServer {
  tokenUrl: string;
  authorization: AuthorizationServer;
  /** In the order in which the server acted on them. */
  served: Served[];
  /** The most requests of one account that were under way at the same time. */
  mostAtOnce: Map<string, number>;
  /** Told of each moment as it comes. */
  onMoment: (moment: Moment, account: string) => void;
  /** Resolves once no request is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the server on a free port of 127.0.0.1. `latencyMs` is asked before the server acts on a
 * request and `returnMs` after.
 */
export async function startTokenServer(
  latencyMs: () => number = () => 0,
  returnMs: () => number = () => 0,
): Promise<TokenServer> {
  const authorization = createAuthorizationServer();
  const underWay = new Map<string, number>();
  let waiting: (() => void)[] = [];

  async function serve(request: HttpRequest, sent: string, account: string): Promise<HttpAnswer> {
    token.onMoment('arrived', account);
    await delay(latencyMs());
    const replays = replaysOf(account);
    const answer = authorization.handle(request);
    token.served.push(describe(account, sent, answer, replaysOf(account) > replays));
    token.onMoment('committed', account);
    await delay(returnMs());
    return answer;
  }

  function replaysOf(account: string): number {
    return authorization.accounts.get(account)?.replays ?? 0;
  }

  function enter(account: string, by: 1 | -1): void {
    const now = (underWay.get(account) ?? 0) + by;
    underWay.set(account, now);
    token.mostAtOnce.set(account, Math.max(now, token.mostAtOnce.get(account) ?? 0));
    if ([...underWay.values()].some((count) => count > 0)) {
      return;
    }
    for (const wake of waiting) {
      wake();
    }
    waiting = [];
  }

  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    const sent = credentialOf(request);
    // Tokens name their account: `refresh.acme.1`.
    const account = sent.split('.')[1] ?? '';
    enter(account, 1);
    const { status, headers, body } = await serve(request, sent, account).finally(() =>
      enter(account, -1),
    );
    response.writeHead(status ?? 500, headers).end(body, () => token.onMoment('answered', account));
  }

  // A client that dies before its request is whole: the server never acts on it.
  const server = createServer(
    (message, response) => void respond(message, response).catch(() => response.destroy()),
  );

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const token: TokenServer = {
    tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    authorization,
    served: [],
    mostAtOnce: new Map(),
    onMoment: () => undefined,
    idle: () =>
      [...underWay.values()].some((count) => count > 0)
        ? new Promise<void>((resolve) => waiting.push(resolve))
        : Promise.resolve(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return token;
}

function describe(account: string, sent: string, answer: HttpAnswer, isReplay: boolean): Served {
  if (answer.status !== 200) {
    return {
      account,
      sent,
      result: isReplay ? 'replay' : 'refused',
      accessToken: null,
      refreshToken: null,
    };
  }
  const body = JSON.parse(Buffer.from(answer.body).toString()) as {
    access_token?: string;
    refresh_token?: string;
  };
  return {
    account,
    sent,
    result: 'issued',
    accessToken: body.access_token ?? null,
    refreshToken: body.refresh_token ?? sent,
  };
}

function credentialOf({ body }: HttpRequest): string {
  const parameters = new URLSearchParams(body);
  return parameters.get('refresh_token') ?? parameters.get('code') ?? '';
}

async function readRequest(message: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
  }
  const headers = { 'content-type': message.headers['content-type'] ?? '' };
  return {
    method: 'POST',
    url: message.url ?? '',
    headers,
    body: Buffer.concat(chunks).toString(),
  };
}
