import { randomUUID } from 'node:crypto';
import type { ShardState } from '../history/shard-state.ts';
import { formatShardState, parseShardState } from '../history/stored-state.ts';
import type { Log } from '../log.ts';
import { type Clock, type ShardStates, StoreError, type Tagged } from '../ports.ts';
import { type Instant, instantOf, mostElapsedMs } from './elapsed.ts';

const WRITE_TRIES = 3;

/** What a lease is kept in, and by. */
export interface LeasePorts {
  states: ShardStates;
  clock: Clock;
  log: Log;
}

/** The write by which a lease was taken. */
export interface Taken {
  state: ShardState;
  etag: string;
  sentAt: Instant;
}

export type Change = (state: ShardState) => ShardState;

/** Writes the state of a shard whose lease this run holds, one write at a time. */
export interface StateWriter {
  /** Returns the state as last stored. */
  state(): ShardState;
  /** Milliseconds of lease left. 0 once it ended, was lost, or a write failed. */
  leftMs(): number;
  /** A write failed. Nothing more is asked or adopted, but the lease is kept from others. */
  hasLapsed(): boolean;
  /** The state is another run's. */
  isTaken(): boolean;
  /**
   * Stores a changed state, with the lease renewed or given back. Returns false when it could not be
   * stored.
   */
  write(change: Change, lease: 'renewed' | 'given_back'): Promise<boolean>;
}

/** Opens the state of a lease that was taken, to be written. */
export function createStateWriter(
  { states, clock, log }: LeasePorts,
  { shard, holder, leaseMs }: { shard: string; holder: string; leaseMs: number },
  taken: Taken,
): StateWriter {
  let current = taken.state;
  let { etag } = taken;
  let renewedAt = taken.sentAt;
  let hasLapsed = false;
  let isTaken = false;
  let queue: Promise<unknown> = Promise.resolve();

  const leftMs = () => Math.max(0, leaseMs - mostElapsedMs(clock, renewedAt));

  async function write(change: Change, isKept: boolean): Promise<boolean> {
    if (leftMs() <= 0) {
      hasLapsed = true;
    }
    for (let tries = 0; tries < WRITE_TRIES && !isTaken; tries++) {
      const written = await writeOnce(change, isKept).catch((error: unknown) => {
        log({
          level: 'warn',
          message: 'the shard state could not be written',
          shard,
          turn: current.turn,
          cause: reasonOf(error),
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

  async function writeOnce(change: Change, isKept: boolean): Promise<boolean> {
    const sentAt = instantOf(clock);
    const lease = isKept ? { holder, expires_at: isoAt(sentAt.wall + leaseMs) } : null;
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

  return {
    state: () => current,
    leftMs: () => (hasLapsed || isTaken ? 0 : leftMs()),
    hasLapsed: () => hasLapsed,
    isTaken: () => isTaken,
    write(change, lease) {
      const written = queue.then(() => write(change, lease === 'renewed'));
      queue = written;
      return written;
    },
  };
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

/** Returns an instant as people read it in the state. */
export function isoAt(ms: number): string {
  return new Date(ms).toISOString();
}

function reasonOf(error: unknown): string {
  return error instanceof StoreError ? error.message : 'the state is not understood';
}
