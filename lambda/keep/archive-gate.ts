import { setMaxListeners } from 'node:events';
import { type Clock, StoreError } from '../ports.ts';
import { type Instant, instantOf, mostElapsedMs } from './elapsed.ts';

/** New exchanges go on when the archive takes the same write within this. */
const PATIENCE_MS = 60_000;

/** The archive is offered what it refused again after this. */
export const OFFER_EVERY_MS = 5_000;

/** Lets exchanges of one shard start while the archive takes what they bring. */
export interface ArchiveGate {
  /** Aborted while nothing new may be sent. A new one takes its place when the gate opens again. */
  signal(): AbortSignal;
  /** Resolves with true once exchanges may start, or with false when none may in this run. */
  opened(): Promise<boolean>;
  isOpen(): boolean;
  /** Returns why nothing more may start in this run, in our own words, or null. */
  closedBy(): string | null;
  /**
   * The archive refused the write of this key, or did not answer. Means nothing where it has taken
   * that write before. A denied one closes the gate for the run.
   */
  refused(key: string, error: unknown): void;
  /** The archive took the write of this key. The gate opens once it has all that it refused. */
  took(key: string): void;
  /** Closes the gate for the run once the archive has failed for a minute. */
  tire(): void;
  /** Closes the gate for the run where a refused write is offered no more. Nobody could open it. */
  giveUp(): void;
}

/** Makes the gate of one shard's run. It is open. */
export function createArchiveGate(clock: Clock): ArchiveGate {
  let failing: { since: Instant; cause: string } | null = null;
  /** Keys of the writes that it refused, and has not taken since. */
  const outstanding = new Set<string>();
  /** Keys of the writes that it took. One offer of them may be refused after another was taken. */
  const landed = new Set<string>();
  let closed: string | null = null;
  let controller = newController();
  let waiting: ((mayStart: boolean) => void)[] = [];

  function settle(mayStart: boolean): void {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) {
      wake(mayStart);
    }
  }

  function close(cause: string): void {
    closed ??= cause;
    settle(false);
  }

  return {
    signal: () => controller.signal,
    isOpen: () => failing === null && closed === null,
    closedBy: () => closed,
    opened() {
      if (closed !== null) {
        return Promise.resolve(false);
      }
      if (failing === null) {
        return Promise.resolve(true);
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    refused(key, error) {
      if (landed.has(key)) {
        return;
      }
      outstanding.add(key);
      const cause = error instanceof StoreError ? error.message : 'a fault of this program';
      failing ??= { since: instantOf(clock), cause };
      controller.abort();
      if (error instanceof StoreError && error.reason === 'denied') {
        close(cause);
      }
    },
    took(key) {
      landed.add(key);
      const isLast = outstanding.delete(key) && outstanding.size === 0;
      if (!isLast) {
        return;
      }
      failing = null;
      if (closed !== null) {
        return;
      }
      controller = newController();
      settle(true);
    },
    tire() {
      if (failing && mostElapsedMs(clock, failing.since) > PATIENCE_MS) {
        close(failing.cause);
      }
    },
    giveUp() {
      if (failing) {
        close(failing.cause);
      }
    },
  };
}

function newController(): AbortController {
  const controller = new AbortController();
  // Every tenant that waits listens to it. Node warns of more than ten.
  setMaxListeners(0, controller.signal);
  return controller;
}
