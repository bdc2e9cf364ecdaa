import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackHost } from '../../lambda/providers/url-policy.ts';
import { CommandError } from '../errors.ts';
import type { RedirectAnswer } from './redirect-answer.ts';

/** An answer that ends the waiting. */
type FinalAnswer = Extract<RedirectAnswer, { kind: 'code' | 'refused' }>;

/** A server of this machine alone that waits for one redirect (RFC 8252 section 7.3). */
export interface LoopbackListener {
  redirectUri: string;
  /**
   * Resolves with the first redirect that answers the request, judged; others are refused, change
   * nothing and are given to `onOther`. Rejects with CommandError when the time is over.
   */
  wait(
    judge: (parameters: URLSearchParams) => RedirectAnswer,
    timeoutMs: number,
    onOther?: (message: string) => void,
  ): Promise<FinalAnswer>;
  close(): void;
}

const DEFAULT_URI = 'http://127.0.0.1/callback';

/** Returns true for a URI whose redirect can be caught on this machine. */
export function isLoopbackUri(uri: string): boolean {
  return (
    URL.canParse(uri) && new URL(uri).protocol === 'http:' && isLoopbackHost(new URL(uri).hostname)
  );
}

type Receive = (parameters: URLSearchParams, response: ServerResponse) => void;

/**
 * Listens where `uri` says. One without a port gets a free one. Servers must allow any at a
 * loopback address (RFC 8252 section 7.3); so does a loopback address whose port is taken. Throws
 * CommandError where the port of a registered `localhost` URI is taken.
 */
export async function listenOnLoopback(uri: string = DEFAULT_URI): Promise<LoopbackListener> {
  const wanted = new URL(uri);
  let receive: Receive = (_parameters, response) => answer(response, 503, WAITING);
  const server = createServer((request, response) => {
    void redirectIn(request, wanted).then((parameters) =>
      parameters ? receive(parameters, response) : answer(response, 404, 'Nothing is here.'),
    );
  });
  wanted.port = String(await listen(server, wanted));
  return {
    redirectUri: wanted.href,
    wait: (judge, timeoutMs, onOther) =>
      new Promise((resolve, reject) => {
        const late = new CommandError('No redirect came in time: connect again.');
        const timer = setTimeout(() => reject(late), timeoutMs);
        receive = (parameters, response) => {
          const judged = judge(parameters);
          if (judged.kind === 'foreign' || judged.kind === 'unproven') {
            onOther?.(judged.message);
            return answer(response, 400, judged.message);
          }
          clearTimeout(timer);
          const text = judged.kind === 'code' ? RECEIVED : judged.message;
          answer(response, 200, text, () => resolve(judged));
        };
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, wanted: URL): Promise<number> {
  const host = wanted.hostname === '[::1]' ? '::1' : '127.0.0.1';
  const listening = (port: number) =>
    new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port, host }, () => resolve(true));
    });
  const mayChangePort = wanted.port === '' || wanted.hostname !== 'localhost';
  const isListening =
    (await listening(Number(wanted.port))) || (mayChangePort && (await listening(0)));
  if (!isListening) {
    throw new CommandError(`Port ${wanted.port || '(any)'} of ${host} cannot be listened on.`, {
      nextStep: 'Close what uses it, or paste the redirect back: --paste',
    });
  }
  return (server.address() as AddressInfo).port;
}

/** Returns the parameters of a redirect, by GET or as a form post; null for another request. */
async function redirectIn(request: IncomingMessage, wanted: URL): Promise<URLSearchParams | null> {
  const base = 'http://localhost';
  const target = URL.canParse(request.url ?? '', base) ? new URL(request.url ?? '', base) : null;
  if (target === null || withoutSlash(target.pathname) !== withoutSlash(wanted.pathname)) {
    return null;
  }
  if (request.method === 'GET') {
    return target.searchParams;
  }
  const type = request.headers['content-type'] ?? '';
  const isForm = request.method === 'POST' && /^application\/x-www-form-urlencoded\b/i.test(type);
  return isForm ? readForm(request) : null;
}

/** Platforms and proxies add a slash, and it changes nothing. */
function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

const MOST_BYTES = 64 * 1024;

/** OAuth 2.0 Form Post Response Mode, section 2. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  let text = '';
  try {
    for await (const chunk of request.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MOST_BYTES) {
        return null;
      }
    }
  } catch {
    return null;
  }
  return new URLSearchParams(text);
}

const WAITING = 'Not ready yet: reload this page.';
const RECEIVED =
  'The consent has arrived. Close this window, and see the terminal for what becomes of it.';

/** Answers with a page that holds nothing of the redirect and tells nobody its address. */
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
