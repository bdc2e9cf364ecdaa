import type { Http, HttpAnswer, HttpRequest } from '../ports.ts';
import { isAllowedUrl, URL_REFUSED, type UrlPolicy } from '../url-policy.ts';

/** A token reply of a real platform has a few kilobytes. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * Sends token requests with the built-in fetch. One timeout covers connecting, the headers and the
 * body; no redirect is followed; every request has its own connection, since a pooled one that the
 * server closed meanwhile would look like an answer that was lost.
 */
export function createFetchHttp(policy: UrlPolicy): Http {
  return {
    async send(request, timeoutMs) {
      if (!isAllowedUrl(request.url, policy)) return unanswered('not_sent', URL_REFUSED);
      const prepared = prepare(request, AbortSignal.timeout(timeoutMs));
      if (!prepared) return unanswered('not_sent', 'invalid_request');
      try {
        return await readAnswer(await fetch(prepared));
      } catch (error) {
        return unanswered(
          failedBeforeSending(causeOf(error)) ? 'not_sent' : 'no_answer',
          codeOf(error),
        );
      }
    },
  };
}

/**
 * The request for fetch, or undefined where it could never be sent, such as one with a line break
 * in a header.
 */
function prepare(
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
): Request | undefined {
  try {
    const all = { ...headers, 'accept-encoding': 'identity', connection: 'close' };
    return new Request(url, {
      method,
      headers: all,
      body: body ?? null,
      redirect: 'manual',
      signal,
    });
  } catch {
    return undefined;
  }
}

/** What arrived of the body, whole or not. */
async function readAnswer(response: Response): Promise<HttpAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const answer = (failure?: HttpAnswer['failure']): HttpAnswer => ({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.concat(chunks, size),
    ...(failure ? { failure } : {}),
  });
  try {
    for await (const chunk of response.body ?? []) {
      const room = MAX_BODY_BYTES - size;
      chunks.push(chunk.subarray(0, room));
      size += Math.min(chunk.length, room);
      if (chunk.length > room) return answer({ kind: 'cut', code: 'too_large' });
    }
    return answer();
  } catch (error) {
    return answer({ kind: 'cut', code: codeOf(error) });
  }
}

function unanswered(kind: 'not_sent' | 'no_answer', code: string): HttpAnswer {
  return { status: null, headers: {}, body: new Uint8Array(), failure: { kind, code } };
}

/**
 * Node's codes of a certificate that does not hold, and OpenSSL's of handshakes that fail before
 * the client may send.
 */
const TLS_REFUSAL =
  /^(CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_ALTNAME_\w+|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_[\w/]+_ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE))$/;

/** True only where no byte of the request can have left. */
function failedBeforeSending(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.every(failedBeforeSending);
  if (!(cause instanceof Error)) return false;
  const { code = '', syscall } = cause as NodeJS.ErrnoException;
  if (syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return true;
  return (
    TLS_REFUSAL.test(code) ||
    cause.message ===
      'Client network socket disconnected before secure TLS connection was established'
  );
}

/** fetch wraps what happened in a TypeError. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/** The network error's own code: never its message, which may quote what was sent. */
function codeOf(error: unknown): string {
  const cause = causeOf(error);
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return 'timeout';
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^[\w/]{1,60}$/.test(code) ? code : 'unknown';
}
