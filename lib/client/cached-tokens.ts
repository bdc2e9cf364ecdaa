import { fingerprint } from '../../lambda/fingerprint.ts';
import { instantOf, mostElapsedMs } from '../../lambda/keep/elapsed.ts';
import { isName } from '../../lambda/names.ts';
import type { Clock } from '../../lambda/ports.ts';
import { type HeldToken, openShards } from './all-shards.ts';
import { notAName, storeError } from './errors.ts';
import { renewToken } from './renew-token.ts';
import { freshToken, type LastAsk, livingToken, memoryOf, type TokenCache } from './token-cache.ts';
import { TokenError } from './token-error.ts';
import type { TokenSource } from './token-source.ts';

/** The tokens of a source, cached until a margin before their end. */
export interface CachedTokens {
  /** Returns the tenant's token, refreshed where it is stale or was refused. Throws TokenError. */
  get(tenant: string): Promise<HeldToken>;
  /** Notes that a provider refused a token of the tenant: `refused`, or the one held now. */
  invalidate(tenant: string, refused?: string): void;
  /** Returns the tenants that have a token. Throws TokenError. */
  tenants(): Promise<string[]>;
}

export interface CacheOptions {
  marginMs: number;
  /** The only shard to look in; null: all. */
  shard: string | null;
  clock: Clock;
}

/** A tenant is not asked for again sooner while its token lives, or asking fails. */
const ASK_AGAIN_MS = 30_000;
/**
 * A caller with a living token does not wait longer for a better one. Another run may hold the
 * shard for minutes. A caller without one looks once more then.
 */
const PATIENCE_MS = 10_000;

/**
 * Keeps one copy of each shard's tokens, and asks for a refresh once however many callers wait for
 * it.
 */
export function createCachedTokens(
  source: TokenSource,
  { marginMs, shard, clock }: CacheOptions,
): CachedTokens {
  const shards = openShards(source, shard);
  const cache: TokenCache = {
    source,
    shards,
    clock,
    marginMs,
    memories: new Map(),
  };
  return {
    get: async (tenant) => get(cache, tenant),
    invalidate: (tenant, refused) => invalidate(cache, tenant, refused),
    tenants: () =>
      shards.tenants().catch((error: unknown) => {
        throw storeError('The list of tenants', '', error);
      }),
  };
}

function get(cache: TokenCache, tenant: string): HeldToken | Promise<HeldToken> {
  if (!isName(tenant)) {
    throw notAName();
  }
  return freshToken(cache, tenant) ?? patiently(cache, tenant, joinCall(cache, tenant));
}

/** Joins the call that is under way for the tenant, or starts one. */
function joinCall(cache: TokenCache, tenant: string): Promise<HeldToken> {
  const memory = memoryOf(cache, tenant);
  memory.pending ??= obtain(cache, tenant).finally(() => {
    memory.pending = null;
  });
  return memory.pending;
}

/**
 * Returns what comes of `call`, or the token that lives when patience is over. It may have been
 * published meanwhile: a refresh answers when it has also waited for those that came along.
 */
async function patiently(
  cache: TokenCache,
  tenant: string,
  call: Promise<HeldToken>,
): Promise<HeldToken> {
  const done = new AbortController();
  const enough = cache.clock.sleep(PATIENCE_MS, done.signal).then(async () => {
    if (done.signal.aborted) {
      return call;
    }
    return livingToken(cache, tenant) ?? (await publishedMeanwhile(cache, tenant)) ?? call;
  });
  // Without a reason, Node makes an error and its stack for nobody.
  return Promise.race([call, enough]).finally(() => done.abort('answered'));
}

/** The call that is under way tells why nothing can be read. */
async function publishedMeanwhile(cache: TokenCache, tenant: string): Promise<HeldToken | null> {
  try {
    await (await cache.shards.locate(tenant)).readAgain();
    return livingToken(cache, tenant) ?? null;
  } catch {
    return null;
  }
}

async function obtain(cache: TokenCache, tenant: string): Promise<HeldToken> {
  const recent = recentAsk(cache, tenant);
  if (recent) {
    const held = livingToken(cache, tenant);
    if (held) {
      return held;
    }
    if (recent.error) {
      throw recent.error;
    }
  }
  const { refused } = memoryOf(cache, tenant);
  try {
    return await renewToken(cache, tenant, () => remember(cache, tenant, { error: null, refused }));
  } catch (error) {
    const known = asTokenError(error, tenant);
    remember(cache, tenant, { error: known, refused });
    const held = livingToken(cache, tenant);
    if (held) {
      return held;
    }
    throw known;
  }
}

function recentAsk(cache: TokenCache, tenant: string): LastAsk | null {
  const { lastAsk } = memoryOf(cache, tenant);
  return lastAsk && mostElapsedMs(cache.clock, lastAsk.at) < ASK_AGAIN_MS ? lastAsk : null;
}

function remember(cache: TokenCache, tenant: string, ask: Omit<LastAsk, 'at'>): void {
  memoryOf(cache, tenant).lastAsk = { ...ask, at: instantOf(cache.clock) };
}

function asTokenError(error: unknown, tenant: string): TokenError {
  return error instanceof TokenError
    ? error
    : storeError(`A token of tenant ${tenant}`, tenant, error);
}

function invalidate(cache: TokenCache, tenant: string, refused?: string): void {
  const token = refused ?? cache.shards.find(tenant)?.token.access_token;
  if (token === undefined) {
    return;
  }
  const print = fingerprint(token);
  // Of many callers that were refused at once, the last ones come when that has been dealt with.
  const recent = recentAsk(cache, tenant)?.refused ?? null;
  const isDealtWith = recent !== null && (refused === undefined || recent === print);
  if (!isDealtWith) {
    memoryOf(cache, tenant).refused = print;
  }
}
