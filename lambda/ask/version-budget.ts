const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/**
 * Refreshes on demand that one shard makes within a day. A secret takes 100 versions younger than a
 * day (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html), and each
 * run that asks makes one.
 */
const MOST_A_DAY = 60;
/** Less where scheduled runs come about twice an hour, and need 48 versions a day themselves. */
const MOST_BESIDE_SCHEDULE = 44;
/** A token of an hour, the most common life, is older when it is due. */
const YOUNG_MS = 45 * 60_000;
const SCHEDULED_OFTEN = { runs: 5, withinMs: 3 * HOUR_MS };

/** Says when a shard's runs asked a provider, within the last day, as ISO-8601 instants. */
export interface AskedAt {
  on_demand: readonly string[];
  other: readonly string[];
}

/**
 * Returns whether a shard may make one more refresh on demand, for a tenant whose newest token is
 * of `issuedAt` (ISO-8601). Scheduled runs and people's edits keep their share. The second half of
 * the budget is not for tokens that were just issued, so that a tenant whose consumers ask all the
 * time leaves the others theirs. `now` is in milliseconds since the epoch.
 */
export function hasBudget(
  { on_demand, other }: AskedAt,
  { issuedAt, now }: { issuedAt: string | null; now: number },
): boolean {
  const { runs, withinMs } = SCHEDULED_OFTEN;
  const isOften = within(other, now, withinMs).length >= runs;
  const most = isOften ? MOST_BESIDE_SCHEDULE : MOST_A_DAY;
  const used = withinDay(on_demand, now).length;
  const isYoung = issuedAt !== null && within([issuedAt], now, YOUNG_MS).length > 0;
  return used < (isYoung ? most / 2 : most);
}

/** Returns the instants of the last day. `now` is in milliseconds since the epoch. */
export function withinDay(at: readonly string[], now: number): string[] {
  return within(at, now, DAY_MS);
}

function within(at: readonly string[], now: number, ms: number): string[] {
  return at.filter((instant) => Date.parse(instant) > now - ms);
}
