import pLimit, { type LimitFunction } from 'p-limit';
import type { Clock } from '../ports.ts';
import { remembered } from '../remembered.ts';

/** How fast one client may go. */
interface Pace {
  max_concurrency: number;
  min_interval_ms: number;
}

/** The pace of somebody who took a ticket before, or takes the next one. */
type PaceInLine = Pace & { ticket?: number };

/**
 * Shares a client's places among all tenants of a run, over all shards. Its instants are of the
 * monotonic clock. A wall clock that is set back would hold all others.
 */
export interface Pacer {
  /**
   * Numbers somebody who will ask for a place. Of all that wait with one pace, the lowest goes
   * first, however late it comes.
   */
  takeTicket(): number;
  /**
   * Waits until fewer wait with one pace than there are places. Whoever would stand at the end of a
   * long line takes no memory for it yet.
   */
  lineIsShort(client: string, pace: Pace): Promise<void>;
  /**
   * Waits for a place of the client, and gives it back when `work` is over. Returns null where none
   * came before `latestAt`. Then `work` was not called.
   */
  withPlace<T>(
    client: string,
    pace: PaceInLine,
    latestAt: number,
    work: () => Promise<T>,
  ): Promise<T | null>;
  /**
   * Brings a shard to where its tenants may be asked, few at a time. The tenants of the first
   * shards fill their clients' places while the next ones get ready.
   */
  getReady<T>(work: () => Promise<T>): Promise<T>;
  /** Lets nobody of this client in until then. */
  pause(client: string, until: number): void;
  /** Until when the client is paused. An instant of the past says that it is not. */
  pausedUntil(client: string): number;
  /** Stops a client with these secrets for the rest of the run. All of them were refused. */
  block(credentials: string): void;
  isBlocked(credentials: string): boolean;
  /** Notes that one of a client's secrets, named by its fingerprint, was refused. */
  refuseSecret(credentials: string, secret: string): void;
  isSecretRefused(credentials: string, secret: string): boolean;
  /** Counts tenants in a row that this client's server left without an answer. */
  noteTenant(client: string, reached: boolean): void;
  /** Returns whether there were so many of them that the rest need not wait for the same. */
  isSilent(client: string): boolean;
  /** Counts successes in a row of one client that nobody could read. */
  noteReading(client: string, wasRead: boolean): void;
  /** Returns whether there were so many of them that no other credential is put at risk. */
  isUnreadable(client: string): boolean;
  /** Remembers how many bytes an access token had that this client was given. */
  noteToken(client: string, bytes: number): void;
  /** The longest of those, or 0. */
  longestToken(client: string): number;
}

const READY_AT_ONCE = 4;
/**
 * A server that left so many tenants in a row without an answer keeps the others waiting no more.
 */
const SILENT_AFTER = 8;
/** So many unread successes in a row mean that the definition is wrong. */
const UNREADABLE_AFTER = 3;

interface Gate {
  active: number;
  /** How many were woken, and have not looked yet whether a place is free. */
  woken: number;
  lastStart: number;
  pausedUntil: number;
  silent: number;
  unread: number;
  longestToken: number;
  /** Who waits for its interval to end. */
  resting: Pace[];
  /** Who waits for a place, by pace. */
  queues: Map<string, Queue>;
}

/** All that wait with one pace, in the order of their tickets. */
interface Queue {
  pace: Pace;
  waiting: { ticket: number; wake: () => void }[];
  /** Lets one shard after the other line up, when the line is short. */
  joining: LimitFunction;
  onShort: () => void;
}

export function createPacer(clock: Clock): Pacer {
  const gates = new Map<string, Gate>();
  const blocked = new Set<string>();
  const refusedSecrets = new Set<string>();
  const gettingReady = pLimit(READY_AT_ONCE);
  let tickets = 0;
  const takeTicket = () => ++tickets;
  const gateOf = (client: string): Gate => remembered(gates, client, newGate);

  return {
    takeTicket,
    lineIsShort(client, pace) {
      const queue = queueOf(gateOf(client), pace);
      return new Promise((resolve) => {
        void queue.joining(async () => {
          if (!isShort(queue)) {
            await new Promise<void>((wake) => {
              queue.onShort = wake;
            });
          }
          resolve();
          // Those who waited line up before the next ones look.
          await clock.sleep(0);
        });
      });
    },
    async withPlace(client, pace, latestAt, work) {
      const gate = gateOf(client);
      const inLine = { ticket: takeTicket(), ...pace };
      const isIn = await takePlace(clock, gate, inLine, latestAt);
      if (!isIn) {
        wakeWaiting(gate);
        return null;
      }
      try {
        return await work();
      } finally {
        gate.active -= 1;
        wakeWaiting(gate);
      }
    },
    getReady: (work) => gettingReady(work),
    pause(client, until) {
      const gate = gateOf(client);
      gate.pausedUntil = Math.max(gate.pausedUntil, until);
    },
    pausedUntil: (client) => gateOf(client).pausedUntil,
    block: (credentials) => void blocked.add(credentials),
    isBlocked: (credentials) => blocked.has(credentials),
    refuseSecret: (credentials, secret) => void refusedSecrets.add(`${credentials} ${secret}`),
    isSecretRefused: (credentials, secret) => refusedSecrets.has(`${credentials} ${secret}`),
    noteTenant(client, reached) {
      const gate = gateOf(client);
      gate.silent = reached ? 0 : gate.silent + 1;
    },
    isSilent: (client) => gateOf(client).silent >= SILENT_AFTER,
    noteReading(client, wasRead) {
      const gate = gateOf(client);
      gate.unread = wasRead ? 0 : gate.unread + 1;
    },
    isUnreadable: (client) => gateOf(client).unread >= UNREADABLE_AFTER,
    noteToken(client, bytes) {
      const gate = gateOf(client);
      gate.longestToken = Math.max(gate.longestToken, bytes);
    },
    longestToken: (client) => gateOf(client).longestToken,
  };
}

function newGate(): Gate {
  return {
    active: 0,
    woken: 0,
    lastStart: Number.NEGATIVE_INFINITY,
    pausedUntil: Number.NEGATIVE_INFINITY,
    silent: 0,
    unread: 0,
    longestToken: 0,
    resting: [],
    queues: new Map(),
  };
}

/**
 * Takes a place of the client, with the tenant's own interval to the start before. Returns false
 * where that would be after `latestAt`.
 */
async function takePlace(
  clock: Clock,
  gate: Gate,
  pace: Required<PaceInLine>,
  latestAt: number,
): Promise<boolean> {
  for (;;) {
    while (placesLeft(gate, pace) <= 0) {
      await new Promise<void>((wake) => lineUp(queueOf(gate, pace), pace.ticket, wake));
      gate.woken -= 1;
    }
    const now = clock.monotonic();
    const startAt = Math.max(now, gate.lastStart + pace.min_interval_ms);
    if (startAt > latestAt) {
      return false;
    }
    if (startAt === now) {
      gate.active += 1;
      gate.lastStart = now;
      return true;
    }
    gate.resting.push(pace);
    wakeWaiting(gate);
    await clock.sleep(startAt - now);
    gate.resting.splice(gate.resting.indexOf(pace), 1);
  }
}

/** Counts the places left. Who rests for a longer interval than one's own holds none. */
function placesLeft({ active, resting }: Gate, pace: Pace): number {
  const { max_concurrency, min_interval_ms } = pace;
  const rest = resting.filter((other) => other.min_interval_ms <= min_interval_ms).length;
  return max_concurrency - active - rest;
}

function queueOf(gate: Gate, pace: Pace): Queue {
  const { max_concurrency, min_interval_ms } = pace;
  const key = `${max_concurrency} ${min_interval_ms}`;
  return remembered(gate.queues, key, () => ({
    pace,
    waiting: [],
    joining: pLimit(1),
    onShort: () => undefined,
  }));
}

function lineUp({ waiting }: Queue, ticket: number, wake: () => void): void {
  const before = waiting.findLastIndex((other) => other.ticket < ticket);
  waiting.splice(before + 1, 0, { ticket, wake });
}

function isShort({ pace, waiting }: Queue): boolean {
  return waiting.length < pace.max_concurrency;
}

/** Wakes as many as find a place now. Who asks for a slow pace keeps nobody else waiting. */
function wakeWaiting(gate: Gate): void {
  for (const queue of gate.queues.values()) {
    const { pace, waiting } = queue;
    while (waiting.length > 0 && placesLeft(gate, pace) > gate.woken) {
      waiting.shift()?.wake();
      gate.woken += 1;
    }
    if (isShort(queue)) {
      queue.onShort();
    }
  }
}
