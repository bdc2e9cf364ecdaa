import type { Published } from '../keep/published.ts';
import { DUE_MS, isRefused, type Wanted } from './selection.ts';

const DAY_MS = 86_400_000;
/**
 * Replacements of refused tokens that one shard makes within a day, beside those that are due. A
 * consumer whose token is refused for another reason than its age says so again and again, and a
 * secret takes 100 versions a day
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html): tokens that
 * end need up to 60 of them.
 */
const MOST_A_DAY = 20;

/**
 * What is wanted, without the refusal when the day's replacements (`at`, their instants) are used
 * up: then only tokens that end are refreshed.
 */
export function limitRefusals(wanted: Wanted, at: readonly string[], now: number): Wanted {
  if (!wanted.onDemand || recent(at, now).length < MOST_A_DAY) return wanted;
  return { ...wanted, onDemand: { refused: null } };
}

/**
 * The instants to remember after a run for `wanted`: one more where it replaced a token for its
 * refusal alone.
 */
export function refusalsAfter(
  at: readonly string[],
  wanted: Wanted,
  published: Published,
  now: number,
): string[] {
  const refused = wanted.onDemand?.refused ?? null;
  const replaced = [...(wanted.names ?? [])].some((name) => {
    const token = published.get(name);
    return isRefused(token, refused, now) && Date.parse(token?.expires_at ?? '') > now + DUE_MS;
  });
  return replaced ? [...recent(at, now), new Date(now).toISOString()] : recent(at, now);
}

function recent(at: readonly string[], now: number): string[] {
  return at.filter((instant) => Date.parse(instant) > now - DAY_MS);
}
