/** Describes what runs ask of AWS, in calls. A listing of S3 is priced as a put. */
export interface AwsCalls {
  secrets_manager: number;
  kms: number;
  s3_put: number;
  s3_get: number;
  lambda: number;
  lambda_gb_seconds: number;
  events: number;
}

/** One run, as far as its calls depend on it. */
export interface RunShape {
  shards: number;
  /** Tenants that are asked. */
  asked: number;
  /** Those of them that get a new refresh token. */
  changed: number;
  /** Shards in which at least one tenant is asked, and in which one gets a new refresh token. */
  askedShards: number;
  changedShards: number;
  seconds: number;
  memoryMb: number;
}

const NONE: AwsCalls = {
  secrets_manager: 0,
  kms: 0,
  s3_put: 0,
  s3_get: 0,
  lambda: 0,
  lambda_gb_seconds: 0,
  events: 0,
};

/** Secrets that one call of ListSecrets returns. Maps and access-token secrets are listed apart. */
const LISTED_AT_ONCE = 100;
const LISTINGS = 2;
/** The lease is written again each time. */
const RENEWAL_S = 30;
/** A swap puts a version and moves the label. */
const SWAP = 2;

/**
 * Returns the calls of one run. Each shard: its map is read twice and its access tokens once,
 * the state is read once and written twice, archive and inbox are listed once each and the turn's
 * marker is made. Each tenant: one answer archived, and one record of a refresh token that
 * is new. Once: the states listed, and the report archived.
 */
export function callsOfRun(run: RunShape): AwsCalls {
  const reads = mapsBefore(run.shards) + 3 * run.shards;
  const swaps = run.askedShards + run.changedShards;
  const renewals = run.shards * Math.floor(run.seconds / RENEWAL_S);
  return {
    secrets_manager: listings(run.shards) + reads + SWAP * swaps,
    kms: reads + swaps,
    s3_put: 2 + 5 * run.shards + renewals + run.asked + run.changed,
    s3_get: run.shards,
    lambda: 1,
    lambda_gb_seconds: (run.seconds * run.memoryMb) / 1024,
    events: 1,
  };
}

/** One of several shards is read before the others too, since a name in two of them is an error. */
function mapsBefore(shards: number): number {
  return shards > 1 ? shards : 0;
}

function listings(shards: number): number {
  return LISTINGS * Math.ceil(shards / LISTED_AT_ONCE);
}

/** Returns the calls of a dry run. It reads, and writes nothing. */
export function callsOfDryRun({ shards, memoryMb }: RunShape): AwsCalls {
  const reads = mapsBefore(shards) + 2 * shards;
  return {
    ...NONE,
    secrets_manager: listings(shards) + reads,
    kms: reads,
    s3_put: 1 + shards,
    s3_get: shards,
    lambda: 1,
    lambda_gb_seconds: (2 * memoryMb) / 1024,
  };
}

/** Adds calls, each group so many times. */
export function sumCalls(groups: readonly { calls: AwsCalls; times: number }[]): AwsCalls {
  const add = (sum: AwsCalls, { calls, times }: { calls: AwsCalls; times: number }) =>
    mapCalls(sum, (name, value) => value + times * calls[name]);
  return groups.reduce(add, NONE);
}

function mapCalls(
  calls: AwsCalls,
  change: (name: keyof AwsCalls, value: number) => number,
): AwsCalls {
  const names = Object.keys(calls) as (keyof AwsCalls)[];
  return Object.fromEntries(names.map((name) => [name, change(name, calls[name])])) as never;
}
