import type { Clock } from '../../lambda/ports.ts';

export interface SimulatedClock extends Clock {
  /**
   * Moves the wall clock without waking sleepers in between: a machine that slept. The monotonic
   * clock does not move.
   */
  jump(ms: number): void;
  /** A clock of one process on the same time: once `isDead` says so, its sleepers never wake. */
  forProcess(isDead: () => boolean): Clock;
}

/** Stops each clock that somebody sleeps by. */
const stops = new Set<() => void>();

/**
 * Stops every clock that somebody sleeps by: nobody wakes any more. What a test leaves behind, such
 * as a lease that is renewed for ever, would keep the process busy through all tests that follow.
 */
export function stopClocks(): void {
  for (const stop of stops) {
    stop();
  }
}

/**
 * A clock that needs no waiting: whenever everything else in the process is at rest, the time moves
 * to the first sleeper's end. Code whose other waits are not in memory must say itself when it is
 * at rest.
 */
export function createSimulatedClock(
  startAt = Date.parse('2026-11-22T02:17:00.000Z'),
  atRest = rest,
): SimulatedClock {
  let now = startAt;
  let slept = 0;
  let order = 0;
  let sleepers: { at: number; order: number; wake: () => void; isDead: () => boolean }[] = [];
  let pumping = false;
  let isStopped = false;

  const stop = () => {
    isStopped = true;
    sleepers = [];
  };

  async function pump(): Promise<void> {
    pumping = true;
    stops.add(stop);
    while (sleepers.length > 0) {
      await atRest();
      sleepers = sleepers.filter((sleeper) => !sleeper.isDead());
      sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = sleepers.shift();
      if (!next) {
        break;
      }
      now = Math.max(now, next.at);
      next.wake();
    }
    pumping = false;
    stops.delete(stop);
  }

  function sleep(
    ms: number,
    signal: AbortSignal | undefined,
    isDead: () => boolean,
  ): Promise<void> {
    return new Promise((resolve) => {
      if (isStopped || isDead()) {
        return;
      }
      if (signal?.aborted) {
        return resolve();
      }
      const wake = () => {
        signal?.removeEventListener('abort', cutShort);
        resolve();
      };
      const sleeper = { at: now + Math.max(0, ms), order: order++, wake, isDead };
      const cutShort = () => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        wake();
      };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', cutShort);
      if (!pumping) {
        void pump();
      }
    });
  }

  const alive = () => false;
  return {
    now: () => now,
    monotonic: () => now - slept,
    sleep: (ms, signal) => sleep(ms, signal, alive),
    jump(ms) {
      now += ms;
      slept += ms;
    },
    forProcess: (isDead) => ({
      now: () => now,
      monotonic: () => now - slept,
      sleep: (ms, signal) => sleep(ms, signal, isDead),
    }),
  };
}

/** Resolves when every promise that could settle has: a turn of the event loop comes after them. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
