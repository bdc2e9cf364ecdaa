import { randomUUID } from 'node:crypto';
import { hasEndedWell, newShardState, type ShardState } from '../history/shard-state.ts';
import { parseShardState } from '../history/stored-state.ts';
import { type Clock, mayPass, type ShardStates, type Tagged } from '../ports.ts';
import { type Instant, instantOf, leastElapsedMs, mostElapsedMs } from './elapsed.ts';
import { holdLease, type Lease, lifeOf } from './lease.ts';
import { isoAt, type LeasePorts, writeOrReadBack } from './state-writer.ts';

/**
 * A lease that was not given back is free when its object has not changed for this long under the
 * taker's own eyes. No clock of two machines is compared.
 */
export const WATCH_MS = 120_000;
/** How long a run waits for a shard that another run holds. */
export const BUSY_WAIT_MS = 150_000;
const POLL_MS = { least: 1_000, most: 5_000 };

/** Takes a held lease's state, and for how long it has been waited for. */
export type LongestPauseMs = (held: Tagged, waitedMs: number) => Promise<number>;

export interface LeaseOptions {
  runId: string;
  /** How long to wait for a lease that another run holds. */
  waitMs: number;
  /** Replaces WATCH_MS in tests. The lease's life and its renewal scale with it. */
  watchMs?: number | undefined;
  /** Asked before each pause how long it may be, of a lease that is held. 0 ends the wait. */
  longestPauseMs?: LongestPauseMs | undefined;
  /** Asked before each pause. A person who stops the run does not wait for another one. */
  isStopped?: (() => boolean) | undefined;
}

/**
 * Takes the shard's lease by conditional write, and raises its turn. A lease that another run holds
 * is free when it was given back, when its holder is known to be dead, or when its object did not
 * change for `watchMs` under our own eyes. Waits for it up to `waitMs`, or until the run is stopped,
 * then returns `busy`. Throws StoreError where the state cannot be read, understood or written.
 */
export async function takeLease(
  ports: LeasePorts,
  shard: string,
  options: LeaseOptions,
): Promise<Lease | 'busy'> {
  const { clock, states } = ports;
  const { watchMs = WATCH_MS } = options;
  const began = instantOf(clock);
  const watch = createWatch(clock, watchMs);
  const terms = {
    ...options,
    watchMs,
    watch,
    readState: createStateReader(),
  };
  for (;;) {
    const stored = await readWatched(states, shard, watch);
    const tried = stored === 'unknown' ? 'held' : await tryTaking(ports, shard, terms, stored);
    if (typeof tried === 'object') {
      return tried;
    }
    if (tried === 'faster') {
      continue;
    }
    const waitedMs = mostElapsedMs(clock, began);
    const leftMs = options.waitMs - waitedMs;
    const mayWait = leftMs > 0 && !options.isStopped?.();
    const longestMs = mayWait ? await longestPauseMs(stored, waitedMs, options) : 0;
    if (longestMs <= 0) {
      return 'busy';
    }
    await clock.sleep(Math.min(pollMs(), leftMs, longestMs));
  }
}

/** Returns a reader that reads a state once for as long as nobody writes it. */
function createStateReader(): (stored: Tagged) => ShardState {
  let last: { etag: string; state: ShardState } | null = null;
  return ({ etag, text }) => {
    if (last?.etag !== etag) {
      last = { etag, state: parseShardState(text) };
    }
    return last.state;
  };
}

async function longestPauseMs(
  stored: Tagged | null | 'unknown',
  waitedMs: number,
  { longestPauseMs: ask }: LeaseOptions,
): Promise<number> {
  const isSeen = stored !== null && stored !== 'unknown';
  return ask && isSeen ? ask(stored, waitedMs) : Number.POSITIVE_INFINITY;
}

/** Watches whether an object changes. */
interface Watch {
  /** Takes note of the object as it is now. */
  see(stored: Tagged | null): void;
  /** Begins again. What happened meanwhile was not seen. */
  blink(): void;
  /** Returns whether the object has not changed for as long as a lease must be watched. */
  isOver(): boolean;
  /** Returns whether it has been seen at least once since the watch began. */
  hasBegun(): boolean;
}

function createWatch(clock: Clock, watchMs: number): Watch {
  let seen: { etag: string; since: Instant } | null = null;
  return {
    see(stored) {
      if (stored && stored.etag !== seen?.etag) {
        seen = { etag: stored.etag, since: instantOf(clock) };
      }
    },
    blink() {
      seen = null;
    },
    isOver: () => seen !== null && leastElapsedMs(clock, seen.since) >= watchMs,
    hasBegun: () => seen !== null,
  };
}

/**
 * Reads the state. A read that fails while a lease is watched is no end of the wait, but the watch
 * begins again. After an outage the holder needs that time to land its answers.
 */
async function readWatched(
  states: ShardStates,
  shard: string,
  watch: Watch,
): Promise<Tagged | null | 'unknown'> {
  try {
    const stored = await states.read(shard);
    watch.see(stored);
    return stored;
  } catch (error) {
    if (!mayPass(error) || !watch.hasBegun()) {
      throw error;
    }
    watch.blink();
    return 'unknown';
  }
}

async function isFree(states: ShardStates, { lease }: ShardState, watch: Watch): Promise<boolean> {
  return lease === null || watch.isOver() || (await states.isGone(lease.holder));
}

type Terms = LeaseOptions & {
  watchMs: number;
  watch: Watch;
  readState(stored: Tagged): ShardState;
};

/** Takes a lease that is free. `faster`: another run took it just now. */
async function tryTaking(
  ports: LeasePorts,
  shard: string,
  options: Terms,
  stored: Tagged | null,
): Promise<Lease | 'held' | 'faster'> {
  const { states, clock } = ports;
  const state = stored === null ? newShardState() : options.readState(stored);
  if (!(await isFree(states, state, options.watch))) {
    return 'held';
  }
  const holder = states.holder(options.runId);
  const isClean = stored !== null && hasEndedWell(state);
  const life = lifeOf(options.watchMs);
  const sentAt = instantOf(clock);
  const taken: ShardState = {
    ...state,
    nonce: randomUUID(),
    turn: state.turn + 1,
    suspect: !isClean,
    created_at: state.created_at ?? isoAt(sentAt.wall),
    lease: { holder, expires_at: isoAt(sentAt.wall + life.leaseMs) },
  };
  const etag = await writeOrReadBack(states, shard, taken, stored?.etag ?? null);
  if (etag === null) {
    return 'faster';
  }
  const { runId, watchMs } = options;
  const holding = {
    shard,
    holder,
    isClean,
    runId,
    watchMs,
    ...life,
  };
  return holdLease(ports, holding, { state: taken, etag, sentAt });
}

function pollMs(): number {
  return POLL_MS.least + Math.random() * (POLL_MS.most - POLL_MS.least);
}
