import type { ArchivedExchange } from './archived-exchange.ts';
import type { HttpAnswer, HttpRequest } from './ports.ts';

/** What identifies an exchange, beside its request and its answer. */
export type ExchangeFacts = Pick<
  ArchivedExchange,
  'tenant' | 'shard' | 'provider' | 'app' | 'run_id' | 'turn' | 'attempt' | 'grant_type' | 'spent'
> & {
  /** Milliseconds since the epoch: just before the request was sent, and when its answer was complete. */
  sentAtMs: number;
  receivedAtMs: number;
};

/** One exchange as the archive keeps it: the answer whole, and of the request only method and URL, without its query, which may hold a secret. */
export function toArchivedExchange(facts: ExchangeFacts, request: HttpRequest, answer: HttpAnswer): ArchivedExchange {
  const { sentAtMs, receivedAtMs, ...identity } = facts;
  return {
    version: 1,
    ...identity,
    method: request.method,
    url: request.url.split(/[?#]/)[0] ?? null,
    sent_at: new Date(sentAtMs).toISOString(),
    received_at: new Date(receivedAtMs).toISOString(),
    status: answer.status,
    headers: answer.headers,
    ...encodeBody(answer.body),
    failure: answer.failure ?? null,
    vault_version_created_at: null,
  };
}

function encodeBody(bytes: Uint8Array): Pick<ArchivedExchange, 'body' | 'body_encoding'> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), body_encoding: 'utf8' };
  } catch {
    return { body: Buffer.from(bytes).toString('base64'), body_encoding: 'base64' };
  }
}
