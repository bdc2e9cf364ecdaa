import { VaultMapError } from '../map/vault-map.ts';
import { type Clock, StoreError } from '../ports.ts';

/** Describes what one try of a compare-and-swap came to. `again`: somebody else was faster. */
export type Try = 'done' | 'again' | 'left';

export type SwapResult = { kind: 'done' } | { kind: 'left' } | { kind: 'failed'; cause: string };

const TRIES = 12;
const FAULTS = 3;
const BACKOFF_MS = 500;

/**
 * Tries a compare-and-swap again while others are faster, and while a store's fault may pass.
 * `attempt` reads anew each time. Never throws for a store's fault.
 */
export async function swapUntilDone(
  clock: Clock,
  attempt: () => Promise<Try>,
): Promise<SwapResult> {
  let faults = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const result = await attempt();
      if (result !== 'again') return { kind: result };
    } catch (error) {
      if (error instanceof VaultMapError)
        return { kind: 'failed', cause: `the map was changed, and ${error.message}` };
      if (!(error instanceof StoreError)) throw error;
      faults += 1;
      if (!mayPass(error) || faults === FAULTS) return { kind: 'failed', cause: error.message };
      await clock.sleep(BACKOFF_MS * 2 ** (faults - 1));
    }
  }
  const cause = `the secret kept changing while we tried to write it (${TRIES} attempts)`;
  return { kind: 'failed', cause };
}

function mayPass({ reason }: StoreError): boolean {
  return reason === 'unavailable' || reason === 'throttled';
}
