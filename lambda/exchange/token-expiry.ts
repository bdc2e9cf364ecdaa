import type { ExpiryKind, ResponseDefinition } from '../providers/reading.ts';

type ExpiryRules = Pick<ResponseDefinition, 'expires' | 'default_expires_in_s'>;

/** No token lives longer than a year and a day. A longer life is a number of another kind. */
const MOST_LIFE_MS = 366 * 24 * 3_600_000;

/**
 * Returns when a token ends that was asked for at `sentAt` (ISO-8601), or null for one without an
 * end. A life counts from that instant, never from the reply's own `created_at`, which may be an old
 * token's. Takes numbers and numeric texts, since servers send both. Where the life is missing, 0,
 * or longer than a year and a day, the definition's default counts, but for a number that names an
 * instant near the present.
 */
export function expiresAt(sentAt: string, told: unknown, rules: ExpiryRules): string | null {
  const sentAtMs = Date.parse(sentAt);
  const instant = sensibleInstant(sentAtMs, told, rules.expires.kind);
  if (instant !== undefined) {
    return new Date(instant).toISOString();
  }
  const { default_expires_in_s: lifeS } = rules;
  return lifeS === null ? null : new Date(sentAtMs + lifeS * 1000).toISOString();
}

function sensibleInstant(sentAtMs: number, told: unknown, kind: ExpiryKind): number | undefined {
  const isSensible = (instant: number) => instant > sentAtMs && instant - sentAtMs <= MOST_LIFE_MS;
  const number = toNumber(told);
  const asInstants = kind === 'iso' ? [] : [number * 1000, number, dateOf(told)];
  return [instantOf(sentAtMs, told, kind), ...asInstants].find(isSensible);
}

/** Returns the instant of a date in a text, which is UTC where it names no zone, or NaN. */
function dateOf(told: unknown): number {
  if (typeof told !== 'string' || !/[a-z-]/i.test(told)) {
    return Number.NaN;
  }
  const text = told.trim();
  const isLocal = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  return Date.parse(isLocal ? `${text.replace(' ', 'T')}Z` : text);
}

/**
 * Returns the instant that a reply names, or NaN where it names none. `seconds` and `milliseconds`
 * count from the sending of the request.
 */
export function instantOf(sentAtMs: number, told: unknown, kind: ExpiryKind): number {
  switch (kind) {
    case 'seconds':
      return sentAtMs + toNumber(told) * 1000;
    case 'milliseconds':
      return sentAtMs + toNumber(told);
    case 'epoch_seconds':
      return toNumber(told) * 1000;
    case 'iso':
      return dateOf(told);
  }
}

function toNumber(value: unknown): number {
  if (typeof value === 'number') {
    return value;
  }
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}
