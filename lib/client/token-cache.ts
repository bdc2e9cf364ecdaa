import { fingerprint } from '../../lambda/fingerprint.ts';
import type { Instant } from '../../lambda/keep/elapsed.ts';
import { endOf, type PublishedToken } from '../../lambda/keep/published.ts';
import type { Clock } from '../../lambda/ports.ts';
import type { AllShards, HeldToken } from './all-shards.ts';
import type { TokenError } from './token-error.ts';
import type { TokenSource } from './token-source.ts';

/** Everything that one client knows, the tokens as last read, and what happened to each tenant. */
export interface TokenCache {
  readonly source: TokenSource;
  readonly shards: AllShards;
  readonly clock: Clock;
  readonly marginMs: number;
  readonly memories: Map<string, TenantMemory>;
}

/** The memory that a client has of one tenant. */
export interface TenantMemory {
  /** The call that is under way for all who ask. */
  pending: Promise<HeldToken> | null;
  /** The fingerprint of a token that a provider refused. */
  refused: string | null;
  lastAsk: LastAsk | null;
}

/** The last time that a refresh was asked for. */
export interface LastAsk {
  at: Instant;
  error: TokenError | null;
  /** Fingerprint of the token that a caller reported as refused. */
  refused: string | null;
}

/** Returns what is remembered of a tenant, nothing at first. */
export function memoryOf({ memories }: TokenCache, tenant: string): TenantMemory {
  const memory = memories.get(tenant) ?? { pending: null, refused: null, lastAsk: null };
  memories.set(tenant, memory);
  return memory;
}

/** Returns the tenant's token if it is good for the margin and was not refused. */
export function freshToken(cache: TokenCache, tenant: string): HeldToken | undefined {
  return goodToken(cache, tenant, (token) => marginOf(token, cache.marginMs));
}

/** Returns the tenant's token if it is good now and was not refused. */
export function livingToken(cache: TokenCache, tenant: string): HeldToken | undefined {
  return goodToken(cache, tenant, () => 0);
}

function goodToken(
  cache: TokenCache,
  tenant: string,
  atLeastMs: (token: PublishedToken) => number,
): HeldToken | undefined {
  const held = cache.shards.find(tenant);
  if (held === undefined) {
    return undefined;
  }
  const { token } = held;
  const refused = cache.memories.get(tenant)?.refused;
  if (refused === fingerprint(token.access_token)) {
    return undefined;
  }
  return endOf(token) - cache.clock.now() > atLeastMs(token) ? held : undefined;
}

/**
 * A token with a short life must not be stale from its first moment. The margin takes half of a
 * life at most.
 */
function marginOf(token: PublishedToken, marginMs: number): number {
  const issuedAt = Date.parse(/\/\d{8,}-([^/]+)\//.exec(token.archive_key)?.[1] ?? '');
  const lifeMs = endOf(token) - issuedAt;
  return Number.isNaN(lifeMs) ? marginMs : Math.min(marginMs, lifeMs / 2);
}
