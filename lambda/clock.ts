import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './ports.ts';

/** Reads the machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};
