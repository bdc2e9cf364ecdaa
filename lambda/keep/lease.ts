import { randomUUID } from 'node:crypto';
import { turnFolder } from '../history/archived-exchange.ts';
import type { ShardState } from '../history/shard-state.ts';
import { formatShardState, parseShardState } from '../history/stored-state.ts';
import type { Log } from '../log.ts';
import { type Clock, type ShardStates, StoreError, type Tagged } from '../ports.ts';
import { type Instant, instantOf, leastElapsedMs, mostElapsedMs } from './elapsed.ts';

const WRITE_TRIES = 3;
/** Why nobody renews any more. Without a reason, Node makes an error and its stack for nobody. */
const ENDED = 'the lease has ended';

/** What a lease is kept in, and by. */
export interface LeasePorts {
  states: ShardStates;
  clock: Clock;
  log: Log;
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

/** How long a lease lasts, and when it is renewed. */
export interface Life {
  /** How long a lease lasts after the instant before its last write was sent. */
  leaseMs: number;
  renewMs: number;
}

/** Returns the life of a lease that others watch for `watchMs` before they take it for dead. */
export function lifeOf(watchMs: number): Life {
  return { leaseMs: watchMs * 0.75, renewMs: watchMs * 0.25 };
}

/**
 * Returns the etag of our write, also where its answer was lost, or null when the state is
 * another's. Throws where that cannot be known.
 */
export async function writeOrReadBack(
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

/** Keeps a lease that was taken, and renews it until it is given back, abandoned or lost. */
export function holdLease(
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
    isTaken = !stored || found?.lease?.holder !== holder;
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
      ended.abort(ENDED);
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
    abandon: () => ended.abort(ENDED),
  };
}

/** Returns an instant as people read it in the state. */
export function isoAt(ms: number): string {
  return new Date(ms).toISOString();
}

function reasonOf(error: unknown): string {
  return error instanceof StoreError ? error.message : 'the state is not understood';
}
