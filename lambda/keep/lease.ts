import { randomUUID } from 'node:crypto';
import { parseExchangeKey, shardPrefix, turnFolder } from '../history/archived-exchange.ts';
import {
  formatShardState,
  newShardState,
  parseShardState,
  type ShardState,
} from '../history/shard-state.ts';
import type { Log } from '../log.ts';
import type { Archive, Clock, ShardStates } from '../ports.ts';

/** A lease lasts this long after the instant before its last write was sent. */
export const LEASE_MS = 90_000;
const RENEW_EVERY_MS = 30_000;
/** Others leave an ended lease alone for this long: clocks differ. */
const GRACE_MS = 30_000;
/** How long a run waits for a shard that another run holds. */
export const BUSY_WAIT_MS = 150_000;
const POLL_MS = { least: 1_000, most: 5_000 };
const WRITE_TRIES = 3;
/** More turns than ever pass without an entry in the archive. */
export const DELETED_TURNS = 1_000;

export interface LeasePorts {
  states: ShardStates;
  archive: Pick<Archive, 'list'>;
  clock: Clock;
  log: Log;
}

/** The right to rotate a shard. */
export interface Lease {
  readonly turn: number;
  /** The turn's folder in the archive. */
  readonly folder: string;
  /** The state as last stored. */
  state(): ShardState;
  /** Milliseconds of lease left: 0 once it ended, was lost, or a renewal failed. */
  leftMs(): number;
  /**
   * Stores a changed state and renews the lease. One write at a time; false when it could not be
   * stored, and the lease then counts as lost.
   */
  save(change: (state: ShardState) => ShardState): Promise<boolean>;
  /**
   * Stores the last state and gives the lease back. False, and told in the log, when it could not
   * be stored.
   */
  release(change: (state: ShardState) => ShardState): Promise<boolean>;
}

/**
 * Takes the shard's lease by conditional write, raising its turn. A living lease is never taken
 * over: waits for it up to `waitMs`, then says `busy`. Throws StoreError where the state cannot be
 * read or written, and SyntaxError or ZodError where it is not understood.
 */
export async function takeLease(
  ports: LeasePorts,
  shard: string,
  runId: string,
  waitMs: number,
): Promise<Lease | 'busy'> {
  const { states, clock } = ports;
  const holder = states.holder(runId);
  const waitUntil = clock.now() + waitMs;
  for (;;) {
    const stored = await states.read(shard);
    const state = stored
      ? parseShardState(stored.text)
      : { ...newShardState, turn: await turnAfterDeletion(ports.archive, shard) };
    if (await isFree(ports, state)) {
      const sentAt = clock.now();
      const taken: ShardState = {
        ...state,
        nonce: randomUUID(),
        turn: state.turn + 1,
        lease: { holder, expires_at: isoAt(sentAt + LEASE_MS) },
      };
      const etag = await writeOrReadBack(states, shard, taken, stored?.etag ?? null);
      if (etag !== null) {
        const lease = holdLease(ports, shard, holder, taken, etag, sentAt);
        if (!stored && state.turn > 0) await outliveLastHolder(ports, shard, lease);
        return lease;
      }
      continue;
    }
    if (clock.now() >= waitUntil) return 'busy';
    await clock.sleep(
      Math.min(
        POLL_MS.least + Math.random() * (POLL_MS.most - POLL_MS.least),
        Math.max(1, waitUntil - clock.now()),
      ),
    );
  }
}

/** Also a repeated invocation waits: the first of the same request may be alive. */
async function isFree({ states, clock }: LeasePorts, { lease }: ShardState): Promise<boolean> {
  if (lease === null) return true;
  return (
    clock.now() >= Date.parse(lease.expires_at) + GRACE_MS || (await states.isGone(lease.holder))
  );
}

/**
 * Whoever deleted the state may have taken it from under a run that goes on until its own lease
 * ends.
 */
async function outliveLastHolder(
  { clock, log }: LeasePorts,
  shard: string,
  { turn }: Lease,
): Promise<void> {
  log({
    level: 'warn',
    message: 'the shard state was deleted: waiting until whoever held its lease must have ended',
    shard,
    turn,
  });
  await clock.sleep(LEASE_MS + GRACE_MS);
}

/**
 * A state that somebody deleted starts again well above every turn of the archive: turns that left
 * nothing there may still be under way.
 */
async function turnAfterDeletion(archive: Pick<Archive, 'list'>, shard: string): Promise<number> {
  const keys = await archive.list(shardPrefix(shard));
  const highest = keys.reduce((most, key) => Math.max(most, parseExchangeKey(key)?.turn ?? 0), 0);
  return highest === 0 ? 0 : highest + DELETED_TURNS;
}

/**
 * The etag of our write, also where its answer was lost; null when another's stands there. Throws
 * where it cannot be told.
 */
async function writeOrReadBack(
  states: ShardStates,
  shard: string,
  state: ShardState,
  etag: string | null,
): Promise<string | null> {
  try {
    const written = await states.write(shard, formatShardState(state), etag);
    if (written !== 'refused') return written.etag;
  } catch (error) {
    const stored = await states.read(shard);
    if (stored && parseShardState(stored.text).nonce === state.nonce) return stored.etag;
    if (stored?.etag === etag || (stored === null && etag === null)) throw error;
    return null;
  }
  // A retry inside the SDK finds its own first attempt in the way.
  const stored = await states.read(shard);
  return stored && parseShardState(stored.text).nonce === state.nonce ? stored.etag : null;
}

function holdLease(
  ports: LeasePorts,
  shard: string,
  holder: string,
  taken: ShardState,
  takenEtag: string,
  takenAt: number,
): Lease {
  const { states, clock, log } = ports;
  let current = taken;
  let etag = takenEtag;
  let expiresAt = takenAt + LEASE_MS;
  let lost = false;
  let queue: Promise<unknown> = Promise.resolve();
  const ended = new AbortController();

  async function write(change: (state: ShardState) => ShardState, keep: boolean): Promise<boolean> {
    for (let tries = 0; tries < WRITE_TRIES && !lost && clock.now() < expiresAt; tries++) {
      const sentAt = clock.now();
      const lease = keep ? { holder, expires_at: isoAt(sentAt + LEASE_MS) } : null;
      const changed = change(current);
      const next = {
        ...changed,
        nonce: randomUUID(),
        turn: Math.max(taken.turn, changed.turn),
        lease,
      };
      try {
        const written = await writeOrReadBack(states, shard, next, etag);
        if (written !== null) {
          [current, etag, expiresAt] = [next, written, keep ? sentAt + LEASE_MS : 0];
          return true;
        }
        const stored = await states.read(shard);
        const found = stored && parseShardState(stored.text);
        // An earlier write of ours whose answer was lost may have landed late.
        if (found?.lease?.holder !== holder || found.turn !== taken.turn || !stored) break;
        etag = stored.etag;
      } catch (error) {
        log({
          level: 'warn',
          message: 'the shard state could not be written',
          shard,
          turn: taken.turn,
          cause: reason(error),
        });
      }
    }
    lost = true;
    return false;
  }

  function enqueue(change: (state: ShardState) => ShardState, keep: boolean): Promise<boolean> {
    const written = queue.then(() => write(change, keep));
    queue = written;
    return written;
  }

  async function heartbeat(): Promise<void> {
    while (!ended.signal.aborted && !lost) {
      await clock.sleep(RENEW_EVERY_MS, ended.signal);
      if (!ended.signal.aborted && !(await enqueue((state) => state, true)))
        log({ level: 'error', message: 'the lease was lost', shard, turn: taken.turn });
    }
  }
  void heartbeat();

  return {
    turn: taken.turn,
    folder: turnFolder(taken.turn, takenAt),
    state: () => current,
    leftMs: () => (lost || ended.signal.aborted ? 0 : Math.max(0, expiresAt - clock.now())),
    save: (change) => enqueue(change, true),
    async release(change) {
      ended.abort();
      const released = await enqueue(change, false);
      if (!released)
        log({
          level: 'error',
          message:
            'the lease could not be given back: it ends by itself, and the next run catches up',
          shard,
          turn: taken.turn,
        });
      return released;
    },
  };
}

function isoAt(ms: number): string {
  return new Date(ms).toISOString();
}

function reason(error: unknown): string {
  return error instanceof Error && error.name === 'StoreError'
    ? error.message
    : 'the state is not understood';
}
