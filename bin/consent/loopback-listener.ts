import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackHost } from '../../lambda/url-policy.ts';
import { CommandError } from '../errors.ts';
import type { RedirectAnswer } from './redirect-answer.ts';

/** A server of this machine alone that waits for one redirect (RFC 8252 section 7.3). */
export interface LoopbackListener {
  redirectUri: string;
  /**
   * Resolves with the first redirect that answers the request, judged; others are told off and
   * change nothing. Rejects with CommandError when the time is over.
   */
  wait(
    judge: (parameters: URLSearchParams) => RedirectAnswer,
    timeoutMs: number,
  ): Promise<Exclude<RedirectAnswer, { kind: 'foreign' }>>;
  close(): void;
}

const DEFAULT_URI = 'http://127.0.0.1/callback';

/** Whether a redirect to this URI can be caught on this machine. */
export function isLoopbackUri(uri: string): boolean {
  return (
    URL.canParse(uri) && new URL(uri).protocol === 'http:' && isLoopbackHost(new URL(uri).hostname)
  );
}

/**
 * Listens where `uri` says. One without a port gets a free one: servers must allow any at a
 * loopback address (RFC 8252 section 7.3); so does a loopback address whose port is taken. Throws
 * CommandError where the port of a registered `localhost` URI is taken.
 */
export async function listenOnLoopback(uri: string = DEFAULT_URI): Promise<LoopbackListener> {
  const wanted = new URL(uri);
  const host = wanted.hostname === '[::1]' ? '::1' : '127.0.0.1';
  let receive: (parameters: URLSearchParams, response: ServerResponse) => void = (
    _parameters,
    response,
  ) => answer(response, 503, WAITING);

  const server = createServer((request, response) => {
    const target = URL.canParse(request.url ?? '', 'http://localhost')
      ? new URL(request.url ?? '', 'http://localhost')
      : null;
    if (request.method !== 'GET' || target?.pathname !== wanted.pathname)
      return answer(response, 404, 'Nothing is here.');
    receive(target.searchParams, response);
  });
  const listening = (port: number) =>
    new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port, host }, () => resolve(true));
    });
  const mayChangePort = wanted.port === '' || wanted.hostname !== 'localhost';
  const isListening =
    (await listening(Number(wanted.port))) || (mayChangePort && (await listening(0)));
  if (!isListening) {
    throw new CommandError(
      `Port ${wanted.port || '(any)'} of ${host} cannot be listened on: close what uses it, or paste the redirect back (--paste).`,
    );
  }
  wanted.port = String((server.address() as AddressInfo).port);

  return {
    redirectUri: wanted.href,
    wait: (judge, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new CommandError('No redirect came in time: connect again.')),
          timeoutMs,
        );
        receive = (parameters, response) => {
          const judged = judge(parameters);
          if (judged.kind === 'foreign') return answer(response, 400, judged.message);
          clearTimeout(timer);
          answer(response, 200, judged.kind === 'code' ? RECEIVED : judged.message, () =>
            resolve(judged),
          );
        };
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const WAITING = 'Not ready yet: reload this page.';
const RECEIVED =
  'The consent has arrived. Close this window, and see the terminal for what becomes of it.';

/** A page that holds nothing of the redirect, and gives nothing of its address away. */
function answer(response: ServerResponse, status: number, text: string, then?: () => void): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(`<!doctype html><title>Token Rotator</title><p>${text}</p>`, then);
}
