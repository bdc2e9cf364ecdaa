import type { RunPorts } from '../../lambda/ports.ts';
import { type FleetSnapshot, newMemory, readSnapshot } from './fleet-snapshot.ts';

/** Reads the fleet for pages that ask every few seconds. */
export interface LiveSnapshot {
  /** The newest picture, at most 5 s old. Readers at once share one reading. */
  read(): Promise<FleetSnapshot>;
  /** Makes the next reading a fresh one, after something was changed here. */
  forget(): void;
}

const FRESH_MS = 4_500;

/** Reads through `ports`, not more often than pages ask. */
export function createLiveSnapshot(ports: RunPorts): LiveSnapshot {
  let reading: Promise<FleetSnapshot> | null = null;
  const memory = newMemory();
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    read() {
      const now = ports.clock.now();
      if (reading && now - readAt < FRESH_MS) {
        return reading;
      }
      readAt = now;
      const begun = readSnapshot(ports, memory);
      // A reading that failed is no picture.
      begun.catch(() => {
        if (reading === begun) {
          reading = null;
        }
      });
      reading = begun;
      return begun;
    },
    forget() {
      reading = null;
      memory.links = null;
    },
  };
}
