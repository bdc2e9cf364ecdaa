import { fingerprint } from '../fingerprint.ts';
import { parseExchangeKey } from '../history/archived-exchange.ts';
import { newestToken } from '../history/families.ts';
import { endOf, type PublishedToken } from '../keep/published.ts';
import type { ShardView } from './shard-view.ts';
import type { Wanted } from './wanted.ts';

/** Says whether a tenant's token is due in a run, and when it ends. */
export interface Due {
  kind: 'due' | 'fresh';
  /** Milliseconds since the epoch, or null where no token is published or it has no end. */
  expiresAt: number | null;
}

type Tokens = Pick<ShardView, 'knowledge' | 'published' | 'now'>;

/**
 * On demand, a tenant is refreshed when its token ends within this, the longest margin that a
 * consumer may ask with.
 */
const DUE_MS = 10 * 60_000;
/** A refused token younger than this is not replaced. The refusal has another cause. */
const REFUSED_AFTER_MS = 10 * 60_000;

/** Decides whether a tenant's token is due in a run of this kind. */
export function dueOf(view: Tokens, wanted: Wanted, name: string): Due {
  const token = currentToken(view, name);
  const expiresAt = token === null ? null : endOf(token);
  return {
    kind: isDue(view, wanted, token) ? 'due' : 'fresh',
    expiresAt: expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt,
  };
}

/**
 * Returns the milliseconds until a tenant's published token ends, Infinity for one without an end,
 * or null where none is published.
 */
export function leftMs(view: Tokens, name: string): number | null {
  const token = currentToken(view, name);
  return token === null ? null : endOf(token) - view.now;
}

/** Tells whether this is the token that was refused, and old enough that a new one may help. */
export function isRefused(
  token: PublishedToken | undefined,
  refused: string | null,
  now: number,
): boolean {
  if (!token || refused === null) {
    return false;
  }
  if (fingerprint(token.access_token) !== refused) {
    return false;
  }
  const startedAt = parseExchangeKey(token.archive_key)?.startedAt ?? '';
  const isYoung = Date.parse(startedAt) > now - REFUSED_AFTER_MS;
  return !isYoung;
}

/** Tells whether a token ends so soon that a refresh on demand is due. */
export function endsSoon(expiresAt: string | null, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now + DUE_MS;
}

function isDue(view: Tokens, wanted: Wanted, token: PublishedToken | null): boolean {
  const { now } = view;
  if (token === null) {
    return true;
  }
  switch (wanted.kind) {
    case 'all':
      return true;
    case 'filtered': {
      const { expiringWithinMs } = wanted;
      return expiringWithinMs === null || endOf(token) <= now + expiringWithinMs;
    }
    case 'on_demand':
      return endsInTime(view, wanted.name, token) || isRefused(token, wanted.refused, now);
  }
}

/**
 * A token that lives no longer than the margin of its consumers would be replaced at each call. It
 * is left alone while more than half of its life remains.
 */
function endsInTime(view: Tokens, name: string, token: PublishedToken): boolean {
  return endsSoon(token.expires_at, view.now) && !isYoung(view, name, endOf(token) - view.now);
}

/** Returns whether more than half of the life of a tenant's token remains. */
export function isYoung(
  { knowledge }: Pick<Tokens, 'knowledge'>,
  name: string,
  left: number,
): boolean {
  const token = newestToken(knowledge, name);
  if (!token || token.expires_at === null) {
    return false;
  }
  const life = Date.parse(token.expires_at) - Date.parse(token.rotated_at);
  return left > life / 2;
}

/** Returns the published token, if it is the newest that was issued to the tenant. */
function currentToken({ knowledge, published }: Tokens, name: string): PublishedToken | null {
  const token = published.get(name);
  return token && token.archive_key === newestToken(knowledge, name)?.key ? token : null;
}
