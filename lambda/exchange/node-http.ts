import {
  type IncomingMessage,
  request as openRequest,
  type RequestOptions,
  validateHeaderValue,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Http, HttpAnswer, HttpRequest } from '../ports.ts';
import { isAllowedUrl, URL_REFUSED, type UrlPolicy } from '../providers/url-policy.ts';
import { behindHeaders, finalAnswer } from './behind-headers.ts';
import { MAX_BODY_BYTES } from './decode-bytes.ts';
import { whyNeverRead } from './never-read.ts';
import { openConnection } from './open-connection.ts';
import { firstObjectCloses } from './parse-reply.ts';
import { type Tap, tapSocket } from './tap-socket.ts';

const MAX_HEADER_BYTES = 65_536;
/** The body's limit, its headers', and what chunks and a longer body add to be noticed. */
const MAX_WIRE_BYTES = MAX_BODY_BYTES + 2 * MAX_HEADER_BYTES;
/** How long bytes behind an answer are waited for, where the server does not close. */
const LINGER_MS = { whole: 500, unfinished: 5_000 };
const [OPENING_BRACE, CLOSING_BRACE] = [0x7b, 0x7d];
/** The code of an answer that says the connection now speaks another protocol. */
const OTHER_PROTOCOL = 'upgraded';
/** The chunk of no bytes, and the trailers behind it, that end a chunked body. */
const LAST_CHUNK = /(?:^|\n)0+[ \t]*(?:;[^\n]*)?\r?\n(?:[^\s:]+:[^\n]*\n)*\r?\n?$/;

/**
 * Sends token requests with Node's own client, as lenient as it can be. One deadline covers
 * connecting, the request and the whole answer. No redirect is followed. Every request has its own
 * connection, since a pooled one that the server closed would look like an answer that was lost.
 *
 * What the client cannot read as HTTP, or leaves over, is kept as `wire`. An answer to a token
 * request may hold the only copy of a credential.
 */
export function createNodeHttp(policy: UrlPolicy): Http {
  return {
    async send(request, timeoutMs) {
      if (!isAllowedUrl(request.url, policy)) {
        return unanswered('not_sent', URL_REFUSED);
      }
      if (!canBeSent(request)) {
        return unanswered('not_sent', 'invalid_request');
      }
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const socket = await openConnection(new URL(request.url), deadline);
        const answer = exchangeOver(tapSocket(socket, MAX_WIRE_BYTES), request);
        return await answer.finally(() => socket.destroy());
      } catch (error) {
        return unanswered('not_sent', deadline.aborted ? 'timeout' : codeOf(error));
      }
    },
  };
}

/** A header with a line end could never be sent. */
function canBeSent({ headers }: HttpRequest): boolean {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderValue(name, value);
    }
    return true;
  } catch {
    return false;
  }
}

async function exchangeOver(tap: Tap, request: HttpRequest): Promise<HttpAnswer> {
  const parsed = await parseAnswer(tap, request);
  if (parsed.error === undefined) {
    await linger(tap, parsed.body);
  }
  const end = parsed.error !== undefined && isUnreadable(parsed.error) ? await tap.ended : 'end';
  return toAnswer(parsed, tap.wire(), end);
}

/** An answer as the client understood it. */
interface ParsedAnswer {
  response: IncomingMessage | undefined;
  body: Buffer;
  /** The code of the client, the network, or ours, for an answer that is not whole. */
  error: string | undefined;
}

function parseAnswer(tap: Tap, request: HttpRequest): Promise<ParsedAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let response: IncomingMessage | undefined;
    const settle = (error?: string) =>
      resolve({
        response,
        body: Buffer.concat(chunks),
        error,
      });
    const message = openRequest({ ...toOptions(request), createConnection: () => tap.stream });
    message.on('error', (error) => settle(codeOf(error)));
    // The client hangs up on more bytes than it expects.
    message.on('close', () => settle(response?.complete ? undefined : 'ECONNRESET'));
    message.on('upgrade', () => settle(OTHER_PROTOCOL));
    message.on('response', (incoming) => {
      response = incoming;
      incoming.on('error', (error) => settle(codeOf(error)));
      incoming.on('end', () => settle());
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, MAX_BODY_BYTES - size));
        size += chunk.length;
        if (size > MAX_BODY_BYTES) {
          settle('too_large');
        }
      });
    });
    message.end(request.body);
  });
}

function toOptions({ method, url, headers, body }: HttpRequest): RequestOptions {
  const { hostname, host, pathname, search } = new URL(url);
  return {
    method,
    host: hostname,
    path: `${pathname}${search}`,
    headers: {
      host,
      'user-agent': 'token-rotator',
      ...headers,
      'accept-encoding': 'identity',
      connection: 'close',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    insecureHTTPParser: true,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
}

/** A server that said too small a length sends on. One that asks for nothing more closes. */
async function linger(tap: Tap, body: Buffer): Promise<void> {
  if (body.at(-1) === CLOSING_BRACE) {
    return;
  }
  const isUnfinished = body.at(0) === OPENING_BRACE && body.indexOf(CLOSING_BRACE) < 0;
  const waitMs = isUnfinished ? LINGER_MS.unfinished : LINGER_MS.whole;
  await Promise.race([tap.ended, sleep(waitMs, undefined, { ref: false })]);
}

function toAnswer(
  { response, body, error }: ParsedAnswer,
  wire: Buffer,
  end: Awaited<Tap['ended']>,
): HttpAnswer {
  const neverRead = whyNeverRead(wire, error);
  if (neverRead !== undefined) {
    return { ...unanswered('not_sent', neverRead), ...(wire.length > 0 && { wire }) };
  }
  if (wire.length === 0) {
    return unanswered('no_answer', error ?? 'unknown');
  }
  return {
    status: response?.statusCode ?? statusOf(wire),
    headers: headersOf(response),
    body,
    ...(error === undefined
      ? shortcomingOf(response, body, wire)
      : faultOf(error, end, wire, response)),
  };
}

/** Returns what is wrong with an answer that the client read to its end, if anything is. */
function shortcomingOf(
  response: IncomingMessage | undefined,
  body: Buffer,
  wire: Buffer,
): Pick<HttpAnswer, 'wire' | 'failure'> {
  if (!response) {
    return {};
  }
  if (!isAllRead(response, body, wire)) {
    return { wire, failure: { kind: 'refused', code: 'bytes_left_over' } };
  }
  return endsEarly(response, body) ? { failure: { kind: 'cut', code: 'unfinished' } } : {};
}

/** Returns why an answer came only in part, with its bytes where the client could not read them. */
function faultOf(
  error: string,
  end: Awaited<Tap['ended']>,
  wire: Buffer,
  response: IncomingMessage | undefined,
): Pick<HttpAnswer, 'wire' | 'failure'> {
  const isRefused = isUnreadable(error);
  const kind = isRefused && end === 'end' ? 'refused' : 'cut';
  const code = end === 'too_large' ? 'too_large' : error;
  return {
    ...(isRefused || !response ? { wire } : {}),
    failure: { kind, code },
  };
}

/** Returns whether the client gave up what the server goes on to send. */
function isUnreadable(error: string): boolean {
  return error.startsWith('HPE_') || error === OTHER_PROTOCOL;
}

/** Returns the status of an answer that the client gave up before its headers ended, or null. */
function statusOf(wire: Buffer): number | null {
  const line = /^HTTP\/\d(?:\.\d)? +(\d{3})\b/i.exec(finalAnswer(wire).toString('latin1', 0, 64));
  return line ? Number(line[1]) : null;
}

/** Returns the headers, and the trailers that came behind a body in chunks. */
function headersOf(response: IncomingMessage | undefined): Record<string, string> {
  const named = Object.entries({ ...response?.trailersDistinct, ...response?.headersDistinct });
  return Object.fromEntries(named.map(([name, values = []]) => [name, values.join(', ')]));
}

/**
 * Returns true for an object that does not close, in an answer that says nothing of its length. Its
 * end is that of the connection, which also ends where a server dies (RFC 9112 section 6.3).
 */
function endsEarly({ headers }: IncomingMessage, body: Buffer): boolean {
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
    return false;
  }
  const text = body.toString('utf8').trim();
  return /^\{.*[^}]$|^\{$/s.test(text) && !firstObjectCloses(text);
}

/** Returns false where bytes came that are neither headers nor body. */
function isAllRead({ headers }: IncomingMessage, body: Buffer, wire: Buffer): boolean {
  const rest = behindHeaders(wire);
  return /chunked/i.test(headers['transfer-encoding'] ?? '')
    ? LAST_CHUNK.test(rest.toString('latin1', Math.max(0, rest.length - MAX_HEADER_BYTES)))
    : rest.equals(body);
}

function unanswered(kind: 'not_sent' | 'no_answer', code: string): HttpAnswer {
  return {
    status: null,
    headers: {},
    body: new Uint8Array(),
    failure: { kind, code },
  };
}

/** Returns the error's code and never its message, which may quote what was sent. */
function codeOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return 'timeout';
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[\w/]{1,60}$/.test(code) ? code : 'unknown';
}
