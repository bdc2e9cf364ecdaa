import type { End } from './ends.ts';

/** How often a deployment, or the owner of a home, renews what it holds. */
export interface Rhythm {
  /** The longest time between two runs for all tenants; null where no schedule is set. */
  gapMs: number | null;
  /** Runs in between renew the access tokens that are about to end. */
  keepFresh: boolean;
}

/** A tenant that lives for too short a time without a renewal. */
export interface TooSeldom {
  /** How long it lives after a renewal. */
  lifeMs: number;
  /** How often it is renewed; null where no schedule is set. */
  gapMs: number | null;
  /** Whole days between two runs that leave room for one that fails; null for less than a day. */
  everyDays: number | null;
}

const DAY_MS = 86_400_000;
/** A run may start 15 minutes late, and takes up to 15. */
const RUN_MS = 30 * 60_000;

/**
 * Returns why a tenant with these ends cannot be kept alive at this rhythm, or null where it can.
 * `rotatedAt` is its newest renewal and `accessExpiresAt` the end of the access token it brought.
 * Where runs keep tokens fresh, that end is also the longest time until the next renewal.
 */
export function tooSeldom(
  ends: readonly End[],
  tenant: { rotatedAt: string | null; accessExpiresAt: string | null },
  { gapMs, keepFresh }: Rhythm,
): TooSeldom | null {
  const lifeMs = shortestLife(ends, tenant.rotatedAt);
  if (lifeMs === null) {
    return null;
  }
  const fresh = keepFresh ? accessLife(tenant) : null;
  const gaps = [gapMs, fresh].filter((gap) => gap !== null);
  const gap = gaps.length === 0 ? null : Math.min(...gaps);
  if (gap !== null && gap + RUN_MS < lifeMs) {
    return null;
  }
  const days = Math.floor(lifeMs / 2 / DAY_MS);
  return {
    lifeMs,
    gapMs: gap,
    everyDays: days === 0 ? null : days,
  };
}

/**
 * Returns the shortest of the lives that an exchange begins again, in milliseconds. No schedule
 * keeps the others alive.
 */
function shortestLife(ends: readonly End[], rotatedAt: string | null): number | null {
  if (rotatedAt === null) {
    return null;
  }
  const lives = ends
    .filter(({ sliding }) => sliding)
    .map(({ at }) => Date.parse(at) - Date.parse(rotatedAt));
  return lives.length === 0 ? null : Math.min(...lives);
}

function accessLife({ rotatedAt, accessExpiresAt }: Parameters<typeof tooSeldom>[1]) {
  if (rotatedAt === null || accessExpiresAt === null) {
    return null;
  }
  return Date.parse(accessExpiresAt) - Date.parse(rotatedAt);
}
