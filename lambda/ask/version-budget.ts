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
const SCHEDULED_OFTEN = { runs: 5, withinMs: 3 * HOUR_MS };

/** Says when a shard's runs asked a provider, within the last day, as ISO-8601 instants. */
export interface AskedAt {
  on_demand: readonly string[];
  other: readonly string[];
}

/**
 * Returns whether a shard may make one more refresh on demand. Scheduled runs and people's edits
 * keep their share. `now` is in milliseconds since the epoch.
 */
export function hasBudget({ on_demand, other }: AskedAt, now: number): boolean {
  const { runs, withinMs } = SCHEDULED_OFTEN;
  const isOften = within(other, now, withinMs).length >= runs;
  return withinDay(on_demand, now).length < (isOften ? MOST_BESIDE_SCHEDULE : MOST_A_DAY);
}

/** Returns the instants of the last day. `now` is in milliseconds since the epoch. */
export function withinDay(at: readonly string[], now: number): string[] {
  return within(at, now, DAY_MS);
}

function within(at: readonly string[], now: number, ms: number): string[] {
  return at.filter((instant) => Date.parse(instant) > now - ms);
}
