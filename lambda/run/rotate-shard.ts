/**
 * One shard's rotation, in six steps. lambda/README.md says what each of them does, why they come in
 * this order, and what a crash in each of them leaves.
 *
 * 1. Lease (keep/take-lease.ts).
 * 2. Catch up (catch-up.ts).
 * 3. Ask (ask/ask-all.ts).
 * 4. Archive (keep/keep-offering.ts), which begins before anything judges the answer.
 * 5. Commit (keep/commit.ts).
 * 6. Publish (keep/publish.ts), store the state, and give the lease back.
 */

import type { Asked } from '../ask/ask-all.ts';
import type { Pacer } from '../ask/pacer.ts';
import { limitRefusals, refusalsAfter } from '../ask/refusals.ts';
import type { ShardView } from '../ask/shard-view.ts';
import type { Wanted } from '../ask/wanted.ts';
import { TIME_NEEDED_MS } from '../deadlines.ts';
import { publishedFormerNames } from '../history/former-names.ts';
import { instantOf } from '../keep/elapsed.ts';
import { fileAgain } from '../keep/file-again.ts';
import { giveBackUnheld } from '../keep/give-back.ts';
import { settleCodes } from '../keep/inbox-codes.ts';
import { LeaseLostError } from '../keep/lease.ts';
import { nextStamp, type ShardRun, timeLeftMs } from '../keep/shard-run.ts';
import { BUSY_WAIT_MS } from '../keep/take-lease.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { catchUp } from './catch-up.ts';
import { conclude } from './conclude.ts';
import { stateAfterFault } from './open-run.ts';
import { rotateChosen, rotateOnDemand } from './rotate-tenants.ts';
import type { Tells } from './rotation.ts';
import type { RunOptions } from './run-options.ts';
import type { ShardReport } from './shard-report.ts';
import { sendWaiting } from './tell-ahead.ts';
import { type Ended, type LeaseTerms, withLease } from './with-lease.ts';

/** One shard's part of a run. */
export interface ShardTask extends Pick<ShardView, 'shard' | 'namesElsewhere'> {
  wanted: Wanted;
  /** Where the run's report will be; null for a run that has none. */
  reportKey: string | null;
  tells: Tells;
}

/**
 * Rotates one shard under its lease. Never throws: what fails the shard as a whole is in the
 * report.
 */
export async function rotateShard(
  ports: RunPorts,
  pacer: Pacer,
  task: ShardTask,
  options: RunOptions,
): Promise<ShardReport> {
  try {
    const report = await withLease<ShardReport>(
      ports,
      task.shard,
      leaseTerms(ports, options),
      (run) => rotateUnderLease(run, pacer, task, options).catch((error) => failedRun(run, error)),
    );
    return report === 'busy' ? { kind: 'busy' } : report;
  } catch (error) {
    return { kind: 'failed', failure: shardFailure(ports, task.shard, error) };
  }
}

/** Waiting longer would leave no time to call a provider. */
function leaseTerms(ports: RunPorts, options: RunOptions): LeaseTerms {
  const { busyWaitMs = BUSY_WAIT_MS, toldAt = instantOf(ports.clock), deadlineAt } = options;
  const leftMs = timeLeftMs({ ports, toldAt, deadlineAt }) - TIME_NEEDED_MS;
  return { ...options, busyWaitMs: Math.min(busyWaitMs, leftMs) };
}

function failedRun(run: ShardRun, error: unknown): Ended<ShardReport> {
  const failure = shardFailure(run.ports, run.shard, error);
  const repeated = failure.code === run.lease.state().failure;
  return {
    result: { kind: 'failed', failure: { ...failure, ...(repeated && { repeated }) } },
    close: (state) => ({ ...stateAfterFault(run, state), failure: failure.code }),
  };
}

async function rotateUnderLease(
  run: ShardRun,
  pacer: Pacer,
  task: ShardTask,
  options: RunOptions,
): Promise<Ended<ShardReport>> {
  const recovered = await catchUp(run, pacer.getReady);
  const { wanted, refusalsAt } = wantedNow(run, task.wanted);
  run.formerNames = publishedFormerNames(run.tenants, { isFullRun: wanted.kind === 'all' });
  const view = () => viewOf(run, task, recovered);
  const asking = {
    run,
    pacer,
    options,
    view,
    exchanges: new Map(),
  };
  run.asksBegan = nextStamp(run);
  const done =
    wanted.kind === 'on_demand'
      ? await rotateOnDemand(asking, wanted)
      : await rotateChosen(asking, wanted);
  if (done.committed.kind === 'committed') {
    await settleCodes(run, refusedIn(done.asked));
  }
  const isTidy = done.committed.kind === 'committed' && (await tidyUp(run));
  const { reportKey, tells } = task;
  return sendWaiting(
    run,
    conclude(run, {
      ...done,
      wanted,
      isTidy,
      refusalsAt,
      reportKey,
      tells,
    }),
  );
}

/** Returns the tenants whose credential the platform refused. */
function refusedIn(asked: readonly Asked[]): Set<string> {
  const refused = asked.filter(
    ({ answer }) => answer.kind === 'failed' && answer.failure.code === 'needs_authorization',
  );
  return new Set(refused.flatMap(({ names }) => names));
}

function wantedNow(
  run: ShardRun,
  wanted: Wanted,
): { wanted: Wanted; refusalsAt: readonly string[] } {
  const now = run.ports.clock.now();
  const before = run.lease.state().refusals_at;
  const limited = limitRefusals(wanted, before, now);
  return { wanted: limited, refusalsAt: refusalsAfter(before, limited, run.published, now) };
}

function viewOf(run: ShardRun, task: ShardTask, recovered: ReadonlySet<string>): ShardView {
  return {
    shard: run.shard,
    namesElsewhere: task.namesElsewhere,
    map: run.vault.map,
    knowledge: run.ledger.knowledge,
    tenants: run.tenants,
    published: run.published,
    now: run.ports.clock.now(),
    recovered,
    foreign: run.foreign,
    untold: run.untold,
    tooLarge: run.tooLarge,
    invited: run.invited,
    adoptsLater: false,
  };
}

/**
 * Files again what the archive would let expire, and gives back what nobody holds. Returns whether
 * it came to its end. Otherwise the next run asks again which families are its own.
 */
async function tidyUp(run: ShardRun): Promise<boolean> {
  if (run.lease.leftMs() <= 0) {
    return false;
  }
  try {
    await fileAgain(run);
    await giveBackUnheld(run, run.tenants);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof LeaseLostError)) {
      throw error;
    }
    const message = 'the end of the run could not be tidied up: the next run does it';
    run.ports.log({
      level: 'warn',
      message,
      shard: run.shard,
      cause: error.message,
    });
    return false;
  }
}
