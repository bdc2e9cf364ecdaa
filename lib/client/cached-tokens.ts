import { fingerprint } from '../../lambda/fingerprint.ts';
import type { PublishedToken } from '../../lambda/keep/published.ts';
import { isName } from '../../lambda/names.ts';
import type { Clock } from '../../lambda/ports.ts';
import { type HeldToken, openShards } from './all-shards.ts';
import { answerError, notAName, storeError } from './errors.ts';
import type { ShardTokens } from './shard-tokens.ts';
import { TokenError } from './token-error.ts';
import type { RefreshAnswer, TokenSource } from './token-source.ts';

/** The tokens of a source, cached until a margin before their end. */
export interface CachedTokens {
  /** The tenant's token, refreshed where it is stale or was refused. Throws TokenError. */
  get(tenant: string): Promise<HeldToken>;
  /** Says that a provider refused a token of the tenant: `refused`, or the one held now. */
  invalidate(tenant: string, refused?: string): void;
  /** The tenants that have a token. Throws TokenError. */
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
 * Who holds a living token waits no longer for a better one: another run may hold the shard for
 * minutes.
 */
const PATIENCE_MS = 10_000;
/**
 * After a refresh the secret's new version may take a moment to show: Secrets Manager is eventually
 * consistent.
 */
const READ_AGAIN_AFTER_MS = [0, 200, 1_000];

/** The last time that a tenant was asked for. */
interface LastAsk {
  until: number;
  error: TokenError | null;
  /** The fingerprint that was said to be refused. */
  refused: string | null;
}

/**
 * Keeps one copy of each shard's tokens, and asks for a refresh once however many callers wait for
 * it.
 */
export function createCachedTokens(
  source: TokenSource,
  { marginMs, shard: onlyShard, clock }: CacheOptions,
): CachedTokens {
  const shards = openShards(source, onlyShard);
  const pending = new Map<string, Promise<HeldToken>>();
  const refusals = new Map<string, string>();
  const lastAsks = new Map<string, LastAsk>();

  const leftMs = ({ token }: HeldToken) => Date.parse(token.expires_at) - clock.now();
  const isRefused = (tenant: string, { token }: HeldToken) =>
    refusals.get(tenant) === fingerprint(token.access_token);

  /** The tenant's token if it is good for more than `atLeastMs`. */
  function good(
    tenant: string,
    atLeastMs: (token: PublishedToken) => number,
  ): HeldToken | undefined {
    const held = shards.find(tenant);
    return held && leftMs(held) > atLeastMs(held.token) && !isRefused(tenant, held)
      ? held
      : undefined;
  }
  const fresh = (tenant: string) => good(tenant, (token) => marginOf(token, marginMs));
  const living = (tenant: string) => good(tenant, () => 0);

  async function obtain(tenant: string): Promise<HeldToken> {
    const last = lastAsks.get(tenant);
    if (last && clock.now() < last.until) {
      const held = living(tenant);
      if (held) return held;
      if (last.error) throw last.error;
    }
    const refused = refusals.get(tenant) ?? null;
    const remember = (error: TokenError | null) =>
      lastAsks.set(tenant, { until: clock.now() + ASK_AGAIN_MS, error, refused });
    try {
      return await renew(tenant, refused, () => remember(null));
    } catch (error) {
      const known =
        error instanceof TokenError
          ? error
          : storeError(`A token of tenant ${tenant}`, tenant, error);
      remember(known);
      const held = living(tenant);
      if (held) return held;
      throw known;
    }
  }

  async function renew(
    tenant: string,
    refused: string | null,
    onAnswer: () => void,
  ): Promise<HeldToken> {
    const tokens = await shards.locate(tenant);
    const held = fresh(tenant);
    if (held) return held;
    return tokens.inTurn(async () => {
      const brought = fresh(tenant);
      if (brought) return brought;
      const answer = await source.refresh({ tenant, shard: tokens.shard, refused });
      onAnswer();
      return readRenewed(tenant, tokens, answer);
    });
  }

  async function readRenewed(
    tenant: string,
    tokens: ShardTokens,
    answer: RefreshAnswer,
  ): Promise<HeldToken> {
    if (answer.status === 'unknown_tenant') throw answerError(tenant, tokens.shard, answer);
    await readUntil(tenant, tokens, answer.expires_at ?? '');
    // A refused token that the refresh calls fresh is too young to be replaced: its refusal has
    // another cause, which only the provider can tell the caller.
    const isFresh = answer.status === 'skipped' && answer.expires_at !== undefined;
    if (isFresh) refusals.delete(tenant);
    const held = living(tenant);
    if (!held || !(isFresh || answer.status === 'rotated' || answer.status === 'recovered'))
      throw answerError(tenant, tokens.shard, answer);
    refusals.delete(tenant);
    return held;
  }

  async function readUntil(tenant: string, tokens: ShardTokens, expiresAt: string): Promise<void> {
    for (const delayMs of READ_AGAIN_AFTER_MS) {
      if (delayMs > 0) await clock.sleep(delayMs);
      await tokens.readAgain();
      if ((tokens.get(tenant)?.expires_at ?? '') >= expiresAt) return;
    }
  }

  /** What comes of `promise`, or the token that lives when patience is over. */
  async function patiently(tenant: string, promise: Promise<HeldToken>): Promise<HeldToken> {
    if (!living(tenant)) return promise;
    const done = new AbortController();
    const enough = clock.sleep(PATIENCE_MS, done.signal).then(() => living(tenant) ?? promise);
    return Promise.race([promise, enough]).finally(() => done.abort());
  }

  return {
    async get(tenant) {
      if (!isName(tenant)) throw notAName();
      const held = fresh(tenant);
      if (held) return held;
      const promise = pending.get(tenant) ?? obtain(tenant).finally(() => pending.delete(tenant));
      pending.set(tenant, promise);
      return patiently(tenant, promise);
    },
    invalidate(tenant, refused) {
      const token = refused ?? shards.find(tenant)?.token.access_token;
      if (token === undefined) return;
      const print = fingerprint(token);
      const last = lastAsks.get(tenant);
      // Of many callers that were refused at once, the last ones come when the refusal has been
      // dealt with.
      const dealtWith =
        last?.refused != null &&
        clock.now() < last.until &&
        (refused === undefined || last.refused === print);
      if (!dealtWith) refusals.set(tenant, print);
    },
    tenants: () =>
      shards.tenants().catch((error: unknown) => {
        throw storeError('The list of tenants', '', error);
      }),
  };
}

/**
 * A token that lives shortly must not be stale from its first moment: the margin takes half of a
 * life at most.
 */
function marginOf({ archive_key, expires_at }: PublishedToken, marginMs: number): number {
  const issuedAt = Date.parse(/\/\d{8,}-([^/]+)\//.exec(archive_key)?.[1] ?? '');
  const lifeMs = Date.parse(expires_at) - issuedAt;
  return Number.isNaN(lifeMs) ? marginMs : Math.min(marginMs, lifeMs / 2);
}
