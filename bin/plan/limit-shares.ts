import type { RunShape } from './calls.ts';
import { SECRET_BYTES, type ShardPlan } from './shard-plan.ts';

/** How much of one limit of AWS a fleet uses. */
export interface LimitShare {
  limit: string;
  uses: number;
  of: number;
  /** 0 to 1, and beyond where it does not fit. */
  share: number;
}

/** Shards that a run works on at once, and seconds that one commit takes. */
const SHARDS_AT_ONCE = 16;
const COMMIT_SECONDS = 1;
const FUNCTION_SECONDS = 900;
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const WRITES_A_SECOND = 50;
const VERSIONS_A_DAY = 100;
const SECRETS = 500_000;

/** Returns how much of each limit is used, the most used first. */
export function limitShares({
  shards,
  full,
  refreshesADay,
}: {
  shards: readonly ShardPlan[];
  full: RunShape;
  refreshesADay: number;
}): LimitShare[] {
  const fullest = Math.max(0, ...shards.map(({ bytes }) => bytes));
  // Each half hour writes at most one version, and so does the run for all.
  const versions = Math.min(48, refreshesADay) + 1;
  const writes = (4 * Math.min(SHARDS_AT_ONCE, shards.length)) / COMMIT_SECONDS;
  const shares: [string, number, number][] = [
    ['bytes of the fullest secret', fullest, SECRET_BYTES],
    ['versions of one secret in a day', versions, VERSIONS_A_DAY],
    ['writes to secrets in a second', writes, WRITES_A_SECOND],
    ['seconds of a run', full.seconds, FUNCTION_SECONDS],
    ['secrets of a region', 2 * shards.length, SECRETS],
  ];
  return shares
    .map(([limit, uses, of]) => ({
      limit,
      uses,
      of,
      share: uses / of,
    }))
    .toSorted((a, b) => b.share - a.share);
}
