import type { Clock, Http, HttpAnswer, HttpRequest } from '../../lambda/ports.ts';
import type { AuthorizationServer } from './authorization-server.ts';

/** A request as it was sent, in simulated time. */
interface SentRequest {
  at: number;
  /** The account it was for: by the credential it carried, or else by its host. */
  account: string;
  url: string;
  /** The refresh token, code, assertion or nothing. */
  credential: string | undefined;
  request: HttpRequest;
}

/** One scripted answer; a function may let the server commit first, or echo what it was sent. */
export type Reply =
  | HttpAnswer
  | ((request: HttpRequest, timeoutMs: number) => HttpAnswer | Promise<HttpAnswer>);

export interface SimulatedHttp extends Http {
  sent: SentRequest[];
  /**
   * The next requests for an account get these answers, in this order; those after them reach the
   * server.
   */
  reply(account: string, ...replies: Reply[]): void;
  /** Every request for an account gets this answer from now on; null: reach the server again. */
  always(account: string, reply: Reply | null): void;
  /** The accounts asked, in order. */
  accounts(): string[];
}

/** Requests that take simulated time, and meet the server unless a script says otherwise. */
export function createSimulatedHttp(
  clock: Clock,
  server: AuthorizationServer,
  latencyMs = 100,
): SimulatedHttp {
  const sent: SentRequest[] = [];
  const once = new Map<string, Reply[]>();
  const forever = new Map<string, Reply>();
  return {
    sent,
    reply: (account, ...replies) =>
      void once.set(account, [...(once.get(account) ?? []), ...replies]),
    always: (account, reply) =>
      void (reply === null ? forever.delete(account) : forever.set(account, reply)),
    accounts: () => sent.map(({ account }) => account),
    async send(request, timeoutMs) {
      const credential = credentialOf(request);
      const account = accountOf(request, credential);
      sent.push({ at: clock.now(), account, url: request.url, credential, request });
      const reply = once.get(account)?.shift() ?? forever.get(account);
      await clock.sleep(latencyMs);
      if (reply === undefined) {
        return server.handle(request);
      }
      return typeof reply === 'function' ? reply(request, timeoutMs) : reply;
    },
  };
}

export function jsonReply(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

export function textReply(
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): HttpAnswer {
  return { status, headers: { 'content-type': 'text/html', ...headers }, body: Buffer.from(body) };
}

/** Nothing came back; `kind` says whether anything can have been sent. */
export function networkFailure(kind: 'not_sent' | 'no_answer', code: string): HttpAnswer {
  return { status: null, headers: {}, body: new Uint8Array(), failure: { kind, code } };
}

function parametersOf({ body = '', url }: HttpRequest): URLSearchParams {
  if (body.startsWith('{')) {
    return new URLSearchParams(JSON.parse(body) as Record<string, string>);
  }
  return new URLSearchParams(body === '' ? new URL(url).search : body);
}

function credentialOf(request: HttpRequest): string | undefined {
  const sent = parametersOf(request);
  return sent.get('refresh_token') ?? sent.get('code') ?? sent.get('assertion') ?? undefined;
}

/** Credentials of the fake server name their account: `refresh.acme.1`. */
function accountOf({ url }: HttpRequest, credential = ''): string {
  const named = /^(?:refresh|code)\.(.+)\.\d+$/.exec(credential)?.[1];
  if (named !== undefined) {
    return named;
  }
  const host = new URL(url).hostname;
  return host.endsWith('.example') ? host.slice(0, -'.example'.length) : host;
}
