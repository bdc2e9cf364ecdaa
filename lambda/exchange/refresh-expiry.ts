import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { ProviderDefinition } from '../providers/provider.ts';
import type { RefreshEnd } from '../providers/reading.ts';
import { readingOf } from '../providers/reading-of.ts';
import { providers } from '../providers/registry.ts';
import { readReply } from './read-reply.ts';
import { valueAt } from './reply-fields.ts';
import { instantOf } from './token-expiry.ts';

/** No platform lets a consent live longer. A later end is a number of another kind. */
const MOST_LIFE_MS = 10 * 366 * 24 * 3_600_000;

/**
 * Returns when the refresh token ends, as the reply told it (ISO-8601), by the rules with which the
 * exchange was archived. Null where it said nothing that makes sense.
 */
export function refreshExpiresAt(
  exchange: ArchivedExchange,
  definition: ProviderDefinition | undefined = providers.get(exchange.provider),
): string | null {
  const { reading, grant_type, status, sent_at } = exchange;
  if (status === null || status >= 300) {
    return null;
  }
  const rules = reading ?? (definition && readingOf(definition, grant_type));
  const { body } = readReply(exchange);
  const sentAtMs = Date.parse(sent_at);
  const told = (rules?.response.refresh_expires ?? [])
    .map((rule) => toldInstant(body, rule, sentAtMs))
    .find((instant) => instant > sentAtMs && instant - sentAtMs <= MOST_LIFE_MS);
  return told === undefined ? null : new Date(told).toISOString();
}

function toldInstant(body: unknown, { path, kind }: RefreshEnd, sentAtMs: number): number {
  if (path === undefined) {
    return Number.NaN;
  }
  return instantOf(sentAtMs, valueAt(body, path), kind ?? 'seconds');
}
