import type { End, EndKind } from './ends.ts';

/** An end is reported when so many days or fewer are left, at each of these once. */
const THRESHOLD_DAYS = [30, 14, 7, 1] as const;

export type ThresholdDays = (typeof THRESHOLD_DAYS)[number];

/**
 * Describes what was reported of one end, its instant then, and the smallest threshold that was
 * used.
 */
interface ToldEnd {
  at: string;
  days: ThresholdDays;
}

/** Describes what was reported of a tenant's ends. */
export type ToldEnds = Partial<Record<EndKind, ToldEnd>>;

/** One end of which people must hear now. */
export interface Warning {
  end: End;
  threshold: ThresholdDays;
}

const DAY_MS = 86_400_000;

/**
 * Returns what is due to be reported of a tenant's ends at `now`, and what is then reported. A
 * threshold counts only where the end is renewed seldom enough for it. A token that lives for 10
 * days after each run is no news at 30. `rotatedAt` is when the tenant last got a token, or null.
 */
export function dueWarnings(
  ends: readonly End[],
  before: ToldEnds,
  { now, rotatedAt }: { now: number; rotatedAt: string | null },
): { warnings: Warning[]; told: ToldEnds } {
  const told: ToldEnds = {};
  const warnings: Warning[] = [];
  for (const end of ends) {
    const known = sameEnd(before[end.kind], end, now);
    const threshold = reachedThreshold(end, now, rotatedAt);
    if (known) {
      told[end.kind] = known;
    }
    const isNew = threshold !== null && (!known || threshold < known.days);
    if (!isNew) {
      continue;
    }
    warnings.push({ end, threshold });
    told[end.kind] = { at: end.at, days: threshold };
  }
  return { warnings, told };
}

function reachedThreshold(end: End, now: number, rotatedAt: string | null): ThresholdDays | null {
  const leftMs = Date.parse(end.at) - now;
  const lifeMs = lifeOf(end, rotatedAt);
  const reached = THRESHOLD_DAYS.filter((days) => {
    const thresholdMs = days * DAY_MS;
    return leftMs <= thresholdMs && thresholdMs < lifeMs;
  });
  return reached.at(-1) ?? null;
}

/** Returns for how long a run moves an end on, in milliseconds. */
function lifeOf({ at, sliding }: End, rotatedAt: string | null): number {
  if (!sliding || rotatedAt === null) {
    return Number.POSITIVE_INFINITY;
  }
  return Date.parse(at) - Date.parse(rotatedAt);
}

/**
 * Returns what was reported of this end. One that has since moved by a day or more is another end.
 * A clock that was ahead reported it too early. It is reported again when its time comes.
 */
function sameEnd(told: ToldEnd | undefined, end: End, now: number): ToldEnd | undefined {
  if (!told) {
    return undefined;
  }
  const at = Date.parse(end.at);
  const hasMoved = Math.abs(at - Date.parse(told.at)) >= DAY_MS;
  const wasEarly = at - now > (told.days + 1) * DAY_MS;
  return hasMoved || wasEarly ? undefined : told;
}
