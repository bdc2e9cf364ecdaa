import { randomUUID } from 'node:crypto';
import { turnFolder } from '../history/archived-exchange.ts';
import {
  formatShardState,
  hasEndedWell,
  newShardState,
  parseShardState,
  type ShardState,
} from '../history/shard-state.ts';
import type { Log } from '../log.ts';
import { type Clock, type ShardStates, StoreError, type Tagged } from '../ports.ts';
import { type Instant, instantOf, leastElapsedMs, mostElapsedMs } from './elapsed.ts';

/**
 * A lease that was not given back is free when its object has not changed for this long under the
 * taker's own eyes. No clock of two machines is compared.
 */
export const WATCH_MS = 120_000;
/** How long a run waits for a shard that another run holds. */
export const BUSY_WAIT_MS = 150_000;
const POLL_MS = { least: 1_000, most: 5_000 };
const WRITE_TRIES = 3;

export interface LeasePorts {
  states: ShardStates;
  clock: Clock;
  log: Log;
}

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
}

/** The right to rotate a shard. */
export interface Lease {
  readonly runId: string;
  turn(): number;
  /** The turn's folder in the archive. */
  folder(): string;
  /** Returns the state as last stored. */
  state(): ShardState;
  /** Returns whether the run before gave the lease back after it had stored all that it knew. */
  isClean(): boolean;
  /** Milliseconds of lease left. 0 once it ended, was lost, or a renewal failed. */
  leftMs(): number;
  /**
   * Stores a changed state and renews the lease, one write at a time. Returns false when it could
   * not be stored.
   */
  save(change: (state: ShardState) => ShardState): Promise<boolean>;
  /** Takes a higher turn, of a lease that is not clean. Throws LeaseLostError. */
  raiseTurn(turn: number): Promise<void>;
  /**
   * Keeps the lease until any other run that believes to hold it must have ended. Throws
   * LeaseLostError.
   */
  outlast(): Promise<void>;
  /**
   * Stores the last state and gives the lease back. Returns false, and logs it, when it could not
   * be stored.
   */
  release(change: (state: ShardState) => ShardState): Promise<boolean>;
  /** Ends without giving the lease back. The next run has to watch it. */
  abandon(): void;
}

/** Another run took the lease, or it ended before it could be renewed. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/**
 * Takes the shard's lease by conditional write, and raises its turn. A lease that another run holds
 * is free when it was given back, when its holder is known to be dead, or when its object did not
 * change for `watchMs` under our own eyes. Waits for it up to `waitMs`, then returns `busy`. Throws
 * StoreError where the state cannot be read, understood or written.
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
    const longestMs = leftMs <= 0 ? 0 : await longestPauseMs(stored, waitedMs, options);
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
    if (!(error instanceof StoreError) || !isPassing(error) || !watch.hasBegun()) {
      throw error;
    }
    watch.blink();
    return 'unknown';
  }
}

function isPassing({ reason }: StoreError): boolean {
  return reason === 'unavailable' || reason === 'throttled';
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
  return holdLease(ports, holding, { taken, etag, sentAt });
}

interface Life {
  /** How long a lease lasts after the instant before its last write was sent. */
  leaseMs: number;
  renewMs: number;
}

function lifeOf(watchMs: number): Life {
  return { leaseMs: watchMs * 0.75, renewMs: watchMs * 0.25 };
}

/**
 * Returns the etag of our write, also where its answer was lost, or null when the state is
 * another's. Throws where that cannot be known.
 */
async function writeOrReadBack(
  states: ShardStates,
  shard: string,
  state: ShardState,
  etag: string | null,
): Promise<string | null> {
  try {
    const written = await states.write(shard, formatShardState(state), etag);
    if (written !== 'refused') {
      return written.etag;
    }
  } catch (error) {
    const stored = await states.read(shard);
    if (stored && isOurs(stored, state)) {
      return stored.etag;
    }
    if ((stored?.etag ?? null) === etag) {
      throw error;
    }
    return null;
  }
  // A retry inside the SDK finds its own first attempt.
  const stored = await states.read(shard);
  return stored && isOurs(stored, state) ? stored.etag : null;
}

function isOurs(stored: Tagged, { nonce }: ShardState): boolean {
  return parseShardState(stored.text).nonce === nonce;
}

type Holding = Life & {
  shard: string;
  holder: string;
  runId: string;
  watchMs: number;
  isClean: boolean;
};

function holdLease(
  ports: LeasePorts,
  holding: Holding,
  first: { taken: ShardState; etag: string; sentAt: Instant },
): Lease {
  const { states, clock, log } = ports;
  const { shard, holder, runId, leaseMs, renewMs } = holding;
  let current = first.taken;
  let { etag } = first;
  let renewedAt = first.sentAt;
  let { isClean } = holding;
  /** A renewal failed. Nothing more is asked or adopted, but the lease is kept from others. */
  let hasLapsed = false;
  /** The state is another run's. */
  let isTaken = false;
  /** Another run may be alive, and has not been outlasted. Nobody may find the lease given back. */
  let mustBeWatched = false;
  let queue: Promise<unknown> = Promise.resolve();
  const ended = new AbortController();

  const leftMs = () => Math.max(0, leaseMs - mostElapsedMs(clock, renewedAt));

  async function write(change: (state: ShardState) => ShardState, keep: boolean): Promise<boolean> {
    if (leftMs() <= 0) {
      hasLapsed = true;
    }
    for (let tries = 0; tries < WRITE_TRIES && !isTaken; tries++) {
      const written = await writeOnce(change, keep).catch((error: unknown) => {
        const cause = reasonOf(error);
        const message = 'the shard state could not be written';
        log({
          level: 'warn',
          message,
          shard,
          turn: current.turn,
          cause,
        });
        return false;
      });
      if (written) {
        return true;
      }
    }
    hasLapsed = true;
    return false;
  }

  async function writeOnce(
    change: (state: ShardState) => ShardState,
    keep: boolean,
  ): Promise<boolean> {
    const sentAt = instantOf(clock);
    const lease = keep ? { holder, expires_at: isoAt(sentAt.wall + leaseMs) } : null;
    const next = {
      ...change(current),
      nonce: randomUUID(),
      lease,
    };
    const written = await writeOrReadBack(states, shard, next, etag);
    if (written !== null) {
      [current, etag, renewedAt] = [next, written, sentAt];
      return true;
    }
    const stored = await states.read(shard);
    const found = stored && parseShardState(stored.text);
    // An earlier write of ours whose answer was lost may have landed late.
    isTaken = !stored || found?.lease?.holder !== holder || found.turn !== current.turn;
    if (stored && !isTaken) {
      etag = stored.etag;
    }
    return false;
  }

  function enqueue(change: (state: ShardState) => ShardState, keep: boolean): Promise<boolean> {
    const written = queue.then(() => write(change, keep));
    queue = written;
    return written;
  }

  async function heartbeat(): Promise<void> {
    while (!ended.signal.aborted && !isTaken) {
      await clock.sleep(renewMs, ended.signal);
      if (ended.signal.aborted) {
        return;
      }
      if (!(await enqueue((state) => state, true))) {
        log({
          level: 'error',
          message: 'the lease was not renewed',
          shard,
          turn: current.turn,
        });
      }
    }
  }
  void heartbeat();

  return {
    runId,
    turn: () => current.turn,
    folder: () => turnFolder(current.turn, first.sentAt.wall),
    state: () => current,
    isClean: () => isClean,
    leftMs: () => (hasLapsed || isTaken || ended.signal.aborted ? 0 : leftMs()),
    save: async (change) => (await enqueue(change, true)) && !hasLapsed,
    async raiseTurn(turn) {
      isClean = false;
      mustBeWatched = true;
      const raised = await enqueue(
        (state) => ({
          ...state,
          turn,
          suspect: true,
        }),
        true,
      );
      if (!raised || hasLapsed) {
        throw new LeaseLostError(`the lease of shard ${shard} was lost`);
      }
    },
    async outlast() {
      const { turn } = current;
      const message =
        'the shard state was deleted or put back: waiting until its last run has ended';
      log({
        level: 'warn',
        message,
        shard,
        turn,
      });
      const since = instantOf(clock);
      for (;;) {
        const waitMs = holding.watchMs - leastElapsedMs(clock, since);
        if (hasLapsed || isTaken) {
          throw new LeaseLostError(`the lease of shard ${shard} was lost`);
        }
        if (waitMs <= 0) {
          break;
        }
        await clock.sleep(Math.min(waitMs, renewMs));
      }
      mustBeWatched = false;
    },
    async release(change) {
      ended.abort();
      if (mustBeWatched) {
        return false;
      }
      const released = await enqueue(change, false);
      if (!released) {
        const message = 'the lease could not be given back: the next run waits until it is free';
        log({
          level: 'error',
          message,
          shard,
          turn: current.turn,
        });
      }
      return released;
    },
    abandon: () => ended.abort(),
  };
}

function pollMs(): number {
  return POLL_MS.least + Math.random() * (POLL_MS.most - POLL_MS.least);
}

function isoAt(ms: number): string {
  return new Date(ms).toISOString();
}

function reasonOf(error: unknown): string {
  return error instanceof StoreError ? error.message : 'the state is not understood';
}
