import type { Published } from '../keep/published.ts';
import { endsSoon, isRefused } from './due.ts';
import { withinDay } from './version-budget.ts';
import type { Wanted } from './wanted.ts';

/**
 * Limits how many refused tokens one shard replaces within a day, beside those that are due. Where
 * a token is refused for another reason than its age, its consumer says so again and again, and a
 * secret takes 100 versions a day
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html).
 */
const MOST_A_DAY = 20;

/**
 * Returns what is wanted, without the refusal when the day's replacements (`at`, their instants)
 * are used up. Then only tokens that end are refreshed.
 */
export function limitRefusals(wanted: Wanted, at: readonly string[], now: number): Wanted {
  if (wanted.kind !== 'on_demand' || withinDay(at, now).length < MOST_A_DAY) {
    return wanted;
  }
  return { ...wanted, refused: null };
}

/**
 * Returns the instants to remember after a run for `wanted`, one more where it replaced a token for
 * its refusal alone.
 */
export function refusalsAfter(
  at: readonly string[],
  wanted: Wanted,
  published: Published,
  now: number,
): string[] {
  const recent = withinDay(at, now);
  if (wanted.kind !== 'on_demand') {
    return recent;
  }
  const token = published.get(wanted.name);
  if (!token || endsSoon(token.expires_at, now)) {
    return recent;
  }
  if (!isRefused(token, wanted.refused, now)) {
    return recent;
  }
  return [...recent, new Date(now).toISOString()];
}
