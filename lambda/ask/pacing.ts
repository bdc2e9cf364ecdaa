import { setMaxListeners } from 'node:events';
import type { Clock } from '../ports.ts';

/** How fast one client may go. */
interface Pace {
  max_concurrency: number;
  min_interval_ms: number;
}

/** Shares a client's places among all tenants of a run, over all shards. */
export interface Pacer {
  /**
   * Aborted once the archive refused anything: nobody of any client is let in any more, and whoever
   * waits need not.
   */
  readonly archiveFailed: AbortController;
  /**
   * Waits for a place; resolves with the function that gives it back, or null where none came
   * before `latestAt` (milliseconds since the epoch).
   */
  enter(client: string, pace: Pace, latestAt: number): Promise<(() => void) | null>;
  /** Lets nobody of this client in until `until` (milliseconds since the epoch). */
  pause(client: string, until: number): void;
  /** Until when the client is paused, or 0. */
  pausedUntil(client: string): number;
  /** Stops the client for the rest of the run: its credentials are refused. */
  block(client: string): void;
  isBlocked(client: string): boolean;
  /**
   * Counts tenants in a row that this client's server left without an answer that says anything.
   */
  noteTenant(client: string, reached: boolean): void;
  /** Whether there were so many of them that the rest need not wait for the same. */
  isSilent(client: string): boolean;
  /** Remembers how many bytes an access token had that this client was given. */
  noteToken(client: string, bytes: number): void;
  /** The longest of those, or 0. */
  longestToken(client: string): number;
}

/**
 * A server that left this many tenants in a row without an answer keeps the others waiting no
 * longer.
 */
const SILENT_AFTER = 8;

interface Gate {
  active: number;
  nextStartAt: number;
  pausedUntil: number;
  silent: number;
  longestToken: number;
  blocked: boolean;
  waiting: (() => void)[];
}

export function createPacer(clock: Clock): Pacer {
  const archiveFailed = new AbortController();
  // Every tenant that waits listens to it; Node warns of more than ten.
  setMaxListeners(0, archiveFailed.signal);
  const gates = new Map<string, Gate>();
  const gateOf = (client: string): Gate => {
    const gate = gates.get(client) ?? {
      active: 0,
      nextStartAt: 0,
      pausedUntil: 0,
      silent: 0,
      longestToken: 0,
      blocked: false,
      waiting: [],
    };
    gates.set(client, gate);
    return gate;
  };

  return {
    archiveFailed,
    async enter(client, pace, latestAt) {
      const gate = gateOf(client);
      while (gate.active >= pace.max_concurrency)
        await new Promise<void>((resolve) => gate.waiting.push(resolve));
      const startAt = Math.max(clock.now(), gate.nextStartAt);
      if (startAt > latestAt || archiveFailed.signal.aborted) {
        gate.waiting.shift()?.();
        return null;
      }
      gate.active++;
      gate.nextStartAt = startAt + pace.min_interval_ms;
      if (startAt > clock.now()) await clock.sleep(startAt - clock.now(), archiveFailed.signal);
      return () => {
        gate.active--;
        gate.waiting.shift()?.();
      };
    },
    pause(client, until) {
      const gate = gateOf(client);
      gate.pausedUntil = Math.max(gate.pausedUntil, until);
    },
    pausedUntil: (client) => gateOf(client).pausedUntil,
    block(client) {
      gateOf(client).blocked = true;
    },
    isBlocked: (client) => gateOf(client).blocked,
    noteTenant(client, reached) {
      const gate = gateOf(client);
      gate.silent = reached ? 0 : gate.silent + 1;
    },
    isSilent: (client) => gateOf(client).silent >= SILENT_AFTER,
    noteToken(client, bytes) {
      const gate = gateOf(client);
      gate.longestToken = Math.max(gate.longestToken, bytes);
    },
    longestToken: (client) => gateOf(client).longestToken,
  };
}
