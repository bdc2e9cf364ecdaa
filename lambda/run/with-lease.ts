import type { ShardState } from '../history/shard-state.ts';
import type { Lease } from '../keep/lease.ts';
import { undurable } from '../keep/ledger.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { createSoleWatch, takeOverWatch } from '../keep/sole-watch.ts';
import { BUSY_WAIT_MS, type LongestPauseMs, takeLease } from '../keep/take-lease.ts';
import type { RunPorts } from '../ports.ts';
import { openRun, stateAfterFault } from './open-run.ts';
import type { RunOptions } from './run-options.ts';

/** What is said of them in RunOptions. */
export type LeaseTerms = Pick<
  RunOptions,
  | 'runId'
  | 'deadlineAt'
  | 'toldAt'
  | 'isStopped'
  | 'busyWaitMs'
  | 'sharedWaitMs'
  | 'handOverWatch'
  | 'watch'
  | 'watchMs'
>;

/** How work under a lease ended, with what it came to, and what to store. */
export interface Ended<T> {
  result: T;
  close: (state: ShardState) => ShardState;
}

/**
 * Takes the shard's lease, lets `work` use it, stores what the run knows and gives the lease back.
 * After a fault it stores what the run has learned and says that the next run has to ask again.
 * While an answer is stored nowhere the lease is not given back. Returns `busy` where another run
 * held it to the end. Throws what takeLease and `work` throw.
 */
export async function withLease<T>(
  ports: RunPorts,
  shard: string,
  terms: LeaseTerms,
  work: (run: ShardRun) => Promise<Ended<T>>,
): Promise<T | 'busy'> {
  const { runId, busyWaitMs = BUSY_WAIT_MS, watchMs, isStopped } = terms;
  const longestPauseMs = await patienceOf(ports, shard, terms);
  if (longestPauseMs === null) {
    return 'busy';
  }
  const lease = await takeLease(ports, shard, {
    runId,
    waitMs: busyWaitMs,
    watchMs,
    longestPauseMs,
    isStopped,
  });
  if (lease === 'busy') {
    return 'busy';
  }
  const run = openRun(ports, shard, lease, terms);
  let close: ((state: ShardState) => ShardState) | null = null;
  try {
    const ended = await work(run);
    close = ended.close;
    return ended.result;
  } finally {
    await end(run, lease, close ?? ((state) => stateAfterFault(run, state)));
  }
}

/** Returns null for a watch that is not there to be taken over. */
async function patienceOf(
  ports: RunPorts,
  shard: string,
  { sharedWaitMs, handOverWatch, watch }: LeaseTerms,
): Promise<LongestPauseMs | undefined | null> {
  if (watch !== undefined) {
    return takeOverWatch(ports, shard, watch);
  }
  if (sharedWaitMs === undefined) {
    return undefined;
  }
  return createSoleWatch(ports, shard, { sharedMs: sharedWaitMs, handOver: handOverWatch });
}

async function end(
  run: ShardRun,
  lease: Lease,
  close: (state: ShardState) => ShardState,
): Promise<void> {
  if (undurable(run.ledger).length > 0) {
    return lease.abandon();
  }
  await lease.release(close);
}
