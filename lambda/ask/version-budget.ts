const DAY_MS = 86_400_000;
/**
 * Refreshes on demand that one shard makes within a day. Each makes up to two versions of a secret,
 * and a secret takes 100 versions younger than a day
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). The rest is
 * for scheduled runs, which come up to 48 times a day, and for what people edit.
 */
const MOST_A_DAY = 24;

/** Returns whether a shard may make one more refresh on demand. `at` are instants of earlier ones. */
export function hasBudget(at: readonly string[], now: number): boolean {
  return withinDay(at, now).length < MOST_A_DAY;
}

/** Returns the instants of the last day. `now` is in milliseconds since the epoch. */
export function withinDay(at: readonly string[], now: number): string[] {
  return at.filter((instant) => Date.parse(instant) > now - DAY_MS);
}
