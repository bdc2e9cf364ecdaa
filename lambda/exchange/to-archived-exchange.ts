import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { HttpAnswer, HttpRequest } from '../ports.ts';

/** Identifies an exchange beside its request and answer. */
export type ExchangeFacts = Pick<
  ArchivedExchange,
  | 'tenant'
  | 'shard'
  | 'provider'
  | 'app'
  | 'run_id'
  | 'turn'
  | 'attempt'
  | 'grant_type'
  | 'spent'
  | 'reading'
  | 'client'
  | 'succession'
> & {
  /**
   * Milliseconds since the epoch, just before the request was sent and when its answer was
   * complete.
   */
  sentAtMs: number;
  receivedAtMs: number;
};

/**
 * Returns what the archive keeps of an exchange. The answer is whole. Nothing secret of the request
 * stays, so its URL loses its query.
 */
export function toArchivedExchange(
  facts: ExchangeFacts,
  request: Pick<HttpRequest, 'method' | 'url'>,
  answer: HttpAnswer,
): ArchivedExchange {
  const { sentAtMs, receivedAtMs, ...identity } = facts;
  const { origin, pathname } = new URL(request.url);
  const text = decodeUtf8(answer.body);
  return {
    version: 1,
    ...identity,
    method: request.method,
    url: `${origin}${pathname}`,
    sent_at: new Date(sentAtMs).toISOString(),
    received_at: new Date(receivedAtMs).toISOString(),
    status: answer.status,
    headers: withLowerCaseNames(answer.headers),
    body: text ?? Buffer.from(answer.body).toString('base64'),
    body_encoding: text === undefined ? 'base64' : 'utf8',
    ...(answer.wire && { wire: Buffer.from(answer.wire).toString('base64') }),
    failure: answer.failure ?? null,
    vault_version_created_at: null,
  };
}

function withLowerCaseNames(headers: HttpAnswer['headers']): Record<string, string> {
  const named = Object.entries(headers);
  return Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the text, with a byte order mark, or undefined for bytes that are not UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
