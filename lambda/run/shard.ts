/**
 * One shard's rotation: the protocol by which no token is lost.
 *
 * Its one idea: a credential that has been succeeded is never sent again, whatever the vault says.
 * The shard's state keeps the fingerprints each tenant's credentials have had, in order; the
 * archive keeps what each exchange issued. `replay` and `restore` (history.ts) are all of recovery,
 * commit and merge.
 *
 * 1. Lease (lease.ts). One run at a time. A crash here leaves a lease that ends by itself; nothing
 *    was touched.
 * 2. Catch up (recovery.ts): replay what the archive has and the state does not, restore the map,
 *    commit that before anything is asked, publish what is newer. This is where every crash of an
 *    earlier run is mended, and every old copy of the map that somebody saved. A crash here is
 *    repeated by the next run: replaying twice changes nothing. What an operator put into the map
 *    is archived before it may be sent, so that it can be restored too.
 * 3. Ask (tenant.ts), only tenants whose current credential is in the vault. A crash after the
 *    provider's own commit and before step 4 is acknowledged is the one window in which a token can
 *    be lost, at servers that give no grace.
 * 4. Archive the raw response before anything judges it. From here on the token is durable: a crash
 *    is mended by step 2 of the next run.
 * 5. Commit (commit.ts): read the map again, restore it along all that is known now, swap. The
 *    operator's edits of meanwhile stay; a crash before the swap is mended by step 2, after it
 *    nothing is left to mend.
 * 6. Publish (publish.ts), always for what now stands in the vault, then store the state and give
 *    the lease back. A crash between is mended by step 2.
 *
 * The order is the point: archive before judging, so that a bug of ours cannot lose a token; commit
 * before publishing, so that no consumer uses a token (which at some servers kills the old refresh
 * token) before its successor is safe; state last, since everything in it can be had from the
 * archive.
 */

import { type Asked, askAll } from '../ask/ask-all.ts';
import type { Pacer } from '../ask/pacing.ts';
import { limitRefusals, refusalsAfter } from '../ask/refusals.ts';
import {
  type Choice,
  choose,
  credentialOf,
  type ShardView,
  type Wanted,
} from '../ask/selection.ts';
import { TIME_NEEDED_MS } from '../deadlines.ts';
import { parseExchangeKey } from '../history/archived-exchange.ts';
import { replay, type TenantStates } from '../history/history.ts';
import type { ShardState } from '../history/shard-state.ts';
import { archiveLate, readNews, rereadVault } from '../keep/catch-up.ts';
import { type CommitResult, commit } from '../keep/commit.ts';
import { BUSY_WAIT_MS, DELETED_TURNS, type Lease, takeLease } from '../keep/lease.ts';
import { type PublishResult, publish, standingCredentials } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Outcome, ShardFailure } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { CommitError, shardFailure } from '../report/shard-failure.ts';
import { measureShard, type ShardGauges } from './gauges.ts';
import { outcomesOf, remember } from './outcomes.ts';
import type { RunOptions } from './run-options.ts';

/** One shard's part of a run. */
export interface ShardTask extends Pick<ShardView, 'shard' | 'elsewhere' | 'namesElsewhere'> {
  wanted: Wanted;
}

export type ShardReport =
  | { kind: 'busy' }
  | { kind: 'failed'; failure: ShardFailure }
  | { kind: 'done'; outcomes: Outcome[]; gauges: ShardGauges; failure: ShardFailure | null };

/**
 * Rotates one shard under its lease. Never throws: what fails the shard as a whole stands in the
 * report.
 */
export async function rotateShard(
  ports: RunPorts,
  pacer: Pacer,
  task: ShardTask,
  options: RunOptions,
): Promise<ShardReport> {
  let before: ShardFailure['code'] | null = null;
  let close = (state: ShardState): ShardState => state;
  let lease: Lease | null = null;
  try {
    // Whoever waits longer has no time left to ask anybody.
    const waitMs = Math.min(
      options.busyWaitMs ?? BUSY_WAIT_MS,
      options.deadlineAt - TIME_NEEDED_MS - ports.clock.now(),
    );
    const taken = await takeLease(ports, task.shard, options.runId, waitMs);
    if (taken === 'busy') return { kind: 'busy' };
    lease = taken;
    before = taken.state().failure;
    const run = openRun(ports, taken, task, options, pacer.archiveFailed);
    const rotated = await rotateUnderLease(run, pacer, task, options);
    close = rotated.close;
    return {
      ...rotated.report,
      failure: rotated.report.failure && markRepeated(rotated.report.failure, before),
    };
  } catch (error) {
    if (error instanceof StateBehindError && lease) {
      await lease.release((state) => ({ ...state, turn: error.turn }));
      lease = null;
      return rotateShard(ports, pacer, task, options);
    }
    const failure = shardFailure(ports, task.shard, error);
    close = (state) => ({ ...state, failure: failure.code });
    return { kind: 'failed', failure: markRepeated(failure, before) };
  } finally {
    await lease?.release(close);
  }
}

/** What a run knows when it has just taken the shard's lease. */
export function openRun(
  ports: RunPorts,
  lease: Lease,
  { shard }: Pick<ShardTask, 'shard'>,
  options: Pick<RunOptions, 'runId' | 'deadlineAt'>,
  archiveFailed = new AbortController(),
): ShardRun {
  const state = lease.state();
  return {
    ports,
    runId: options.runId,
    shard,
    lease,
    // Read anew each time: a person who stops a run brings its end forward.
    get deadlineAt() {
      return options.deadlineAt;
    },
    vault: {
      versionId: null,
      createdAt: 0,
      text: null,
      map: { apps: new Map(), tenants: new Map(), definitions: new Map() },
    },
    states: state.tenants,
    exchanges: new Map(),
    values: new Map(),
    knownKeys: new Set(state.known_keys),
    newestVersionAt:
      state.newest_version_created_at === null ? 0 : Date.parse(state.newest_version_created_at),
    attempts: new Map(),
    own: [],
    news: [],
    published: new Map(),
    room: { vault: 0, accessTokens: 0, underWay: 0, waiting: [] },
    archiveFailed,
  };
}

interface Rotated {
  report: Extract<ShardReport, { kind: 'done' }>;
  close: (state: ShardState) => ShardState;
}

async function rotateUnderLease(
  run: ShardRun,
  pacer: Pacer,
  task: ShardTask,
  options: RunOptions,
): Promise<Rotated> {
  const recovered = await recover(run);
  const view = {
    ...task,
    map: run.vault.map,
    states: run.states,
    published: run.published,
    now: run.ports.clock.now(),
    recovered,
    adoptsLater: false,
  };
  const wanted = limitRefusals(task.wanted, run.lease.state().refusals_at, view.now);
  const refusalsAt = refusalsAfter(run.lease.state().refusals_at, wanted, run.published, view.now);
  const choices = choose(view, wanted);
  const asks = choices.filter((choice) => choice.do === 'ask');
  let answers = 0;
  const onAnswer = ({ names, answer }: Asked) => {
    answers += names.length;
    options.onProgress?.({
      shard: run.shard,
      tenants: names,
      issued: answer.kind === 'issued',
      answers,
      asks: asks.length,
    });
  };
  const { asked, faults } = await askAll(run, pacer, asks, onAnswer);
  const committed = await commit(run);
  const published = await publish(run, 'all');
  await archiveAgain(run);
  if (committed.kind !== 'committed' && run.own.some(({ landed }) => !landed))
    forgetUnarchived(run);
  const concluded = conclude(run, choices, asked, committed, published);
  const rotated: Rotated = {
    ...concluded,
    close: (state) => ({ ...concluded.close(state), refusals_at: refusalsAt }),
  };
  if (faults.length === 0) return rotated;
  return {
    ...rotated,
    report: { ...rotated.report, failure: shardFailure(run.ports, run.shard, faults[0]) },
  };
}

/**
 * Step 2. Returns the tenants whose credential was put back. Throws StoreError and VaultMapError:
 * then nothing may be asked.
 */
export async function recover(run: ShardRun): Promise<ReadonlySet<string>> {
  const news = await readNews(run.ports, run.shard, run.lease.state().replayed_turn, run);
  const highest = greatest([...run.knownKeys].map((key) => parseExchangeKey(key)?.turn ?? 0));
  if (highest > run.lease.turn) throw new StateBehindError(highest + DELETED_TURNS);
  run.news.push(...news);
  run.states = replay(run.states, news);
  const seenAt = [...run.exchanges.values()].map(
    (seen) => Date.parse(seen.vault_version_created_at ?? '') || 0,
  );
  run.newestVersionAt = Math.max(run.newestVersionAt, greatest(seenAt));
  await rereadVault(run);
  const committed = await commit(run, 'as_read');
  if (committed.kind !== 'committed')
    throw new CommitError(committed.kind === 'failed' ? committed.cause : 'the lease was lost');
  const published = await publish(run, 'newer');
  if (published.kind !== 'published')
    throw new CommitError(published.kind === 'failed' ? published.cause : 'the lease was lost');
  run.room.vault = run.ports.vault.maxBytes - Buffer.byteLength(run.vault.text ?? '');
  run.room.accessTokens = run.ports.accessTokens.maxBytes - published.bytes;
  return committed.changed;
}

/**
 * What the archive refused is in the vault by now; it is offered again, so that it can be restored
 * later too.
 */
async function archiveAgain(run: ShardRun): Promise<void> {
  for (const own of run.own.filter(({ landed }) => !landed)) {
    const exchange = run.exchanges.get(own.entry.key);
    own.landed = await run.ports.archive.put(own.entry.key, exchange ?? {}).then(
      () => true,
      () => false,
    );
    if (own.landed && exchange && run.lease.leftMs() <= 0) await archiveLate(run, exchange);
  }
}

function conclude(
  run: ShardRun,
  choices: readonly Choice[],
  asked: readonly Asked[],
  committed: CommitResult,
  published: PublishResult,
): Rotated {
  const now = new Date(run.ports.clock.now()).toISOString();
  const sent = asked.flatMap(({ names, tenant }) =>
    names.map((name) => [name, credentialOf(tenant)] as const),
  );
  const tried = new Map([...standingCredentials(run), ...sent]);
  const told = new Set(
    choices.filter((choice) => choice.do === 'fail' && choice.known).map(({ name }) => name),
  );
  const outcomes = outcomesOf(run, choices, asked, committed, published);
  const { states, outcomes: marked } = remember(
    run.states,
    outcomes,
    told,
    (name) => tried.get(name) ?? null,
    now,
  );
  const cause =
    committed.kind === 'failed'
      ? committed.cause
      : published.kind === 'failed'
        ? published.cause
        : null;
  const lost =
    committed.kind === 'left' || published.kind === 'left'
      ? 'the lease was lost before everything was written'
      : null;
  const failure = cause ?? lost;
  const unarchived = run.own
    .filter(({ landed, entry }) => !landed && entry.issued !== null)
    .map(({ entry }) => entry.tenant);
  const succeeded = outcomes.some(({ status }) => status === 'rotated' || status === 'recovered');
  const close = (state: ShardState): ShardState => ({
    ...withKnowledge(run, state, states),
    last_success_at: succeeded ? now : state.last_success_at,
    failure: failure === null ? null : 'commit_failed',
  });
  const fullness = Math.max(
    1 - run.room.vault / run.ports.vault.maxBytes,
    1 - run.room.accessTokens / run.ports.accessTokens.maxBytes,
  );
  return {
    close,
    report: {
      kind: 'done',
      outcomes: marked,
      gauges: measureShard(run.shard, close(run.lease.state()), run.vault, fullness),
      failure:
        failure === null
          ? null
          : shardFailure(run.ports, run.shard, new CommitError(failure, unarchived)),
    },
  };
}

/**
 * The shard's state with what the run knows by now: the archive, and these tenants. The next run
 * looks from the last turn before this one that left anything there, since an answer of that turn
 * may still be on its way; turns are not always numbered one by one.
 */
export function withKnowledge(run: ShardRun, state: ShardState, tenants: TenantStates): ShardState {
  const { shard, lease } = run;
  // Keys of other shards, which moved tenants bring along, are never listed here.
  const keys = [...run.knownKeys].flatMap((key) => {
    const parsed = parseExchangeKey(key);
    return parsed?.shard === shard ? [{ key, turn: parsed.turn }] : [];
  });
  const before = greatest(keys.map(({ turn }) => turn).filter((turn) => turn < lease.turn));
  const replayedTurn = before === 0 ? Math.max(1, state.replayed_turn) : before + 1;
  return {
    ...state,
    tenants,
    replayed_turn: replayedTurn,
    known_keys: keys.filter(({ turn }) => turn >= replayedTurn - 1).map(({ key }) => key),
    newest_version_created_at:
      run.newestVersionAt === 0 ? null : new Date(run.newestVersionAt).toISOString(),
  };
}

/**
 * Without a commit, what the archive refused may be lost: no history may say that it was current.
 * It may have come there all the same, unanswered: then the next run must take it for new.
 */
function forgetUnarchived(run: ShardRun): void {
  for (const { entry, landed } of run.own) if (!landed) run.knownKeys.delete(entry.key);
  run.states = replay(run.lease.state().tenants, [
    ...run.news,
    ...run.own.filter(({ landed }) => landed).map(({ entry }) => entry),
  ]);
}

/**
 * An old version of the state was put back, or an old write of it came late: the archive has turns
 * beyond it.
 */
class StateBehindError extends Error {
  override readonly name = 'StateBehindError';
  readonly turn: number;
  constructor(turn: number) {
    super(`the archive is ahead of the shard state`);
    this.turn = turn;
  }
}

function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function markRepeated(failure: ShardFailure, before: ShardFailure['code'] | null): ShardFailure {
  return failure.code === before ? { ...failure, repeated: true } : failure;
}
