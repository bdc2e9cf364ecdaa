import { turnFolder } from '../history/archived-exchange.ts';
import type { ShardState } from '../history/shard-state.ts';
import { instantOf, leastElapsedMs } from './elapsed.ts';
import { type Change, createStateWriter, type LeasePorts, type Taken } from './state-writer.ts';

/** Why nobody renews any more. Without a reason, Node makes an error and its stack for nobody. */
const ENDED = 'the lease has ended';

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
  save(change: Change): Promise<boolean>;
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
  release(change: Change): Promise<boolean>;
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

type Holding = Life & {
  shard: string;
  holder: string;
  runId: string;
  watchMs: number;
  isClean: boolean;
};

/** Keeps a lease that was taken, and renews it until it is given back, abandoned or lost. */
export function holdLease(ports: LeasePorts, holding: Holding, taken: Taken): Lease {
  const { clock, log } = ports;
  const { shard, runId, renewMs, watchMs } = holding;
  const writer = createStateWriter(ports, holding, taken);
  const { state, hasLapsed, isTaken } = writer;
  let { isClean } = holding;
  /** Another run may be alive, and has not been outlasted. Nobody may find the lease given back. */
  let mustBeWatched = false;
  const ended = new AbortController();

  const turn = () => state().turn;
  const note = (level: 'warn' | 'error', message: string) =>
    log({ level, message, shard, turn: turn() });

  async function heartbeat(): Promise<void> {
    while (!ended.signal.aborted && !isTaken()) {
      await clock.sleep(renewMs, ended.signal);
      if (ended.signal.aborted) {
        return;
      }
      if (!(await writer.write((stored) => stored, 'renewed'))) {
        note('error', 'the lease was not renewed');
      }
    }
  }
  void heartbeat();

  async function save(change: Change): Promise<boolean> {
    const isStored = await writer.write(change, 'renewed');
    return isStored && !hasLapsed();
  }

  return {
    runId,
    turn,
    folder: () => turnFolder(turn(), taken.sentAt.wall),
    state,
    isClean: () => isClean,
    leftMs: () => (ended.signal.aborted ? 0 : writer.leftMs()),
    save,
    async raiseTurn(raised) {
      isClean = false;
      mustBeWatched = true;
      const isRaised = await save((stored) => ({
        ...stored,
        turn: raised,
        suspect: true,
      }));
      if (!isRaised) {
        throw new LeaseLostError(`the lease of shard ${shard} was lost`);
      }
    },
    async outlast() {
      note('warn', 'the shard state was deleted or put back: waiting until its last run has ended');
      const since = instantOf(clock);
      for (;;) {
        const waitMs = watchMs - leastElapsedMs(clock, since);
        if (hasLapsed() || isTaken()) {
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
      const isReleased = await writer.write(change, 'given_back');
      if (!isReleased) {
        note('error', 'the lease could not be given back: the next run waits until it is free');
      }
      return isReleased;
    },
    abandon: () => ended.abort(ENDED),
  };
}
