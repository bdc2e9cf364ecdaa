import { VaultMapError } from '../map/vault-map.ts';
import { type Clock, mayPass, StoreError } from '../ports.ts';
import { SWAP_TRIES, swapAgain } from '../swap-again.ts';

/** Describes what one try of a compare-and-swap came to. `again`: somebody else was faster. */
export type Try = 'done' | 'again' | 'left';

export type SwapResult = { kind: 'done' } | { kind: 'left' } | { kind: 'failed'; cause: string };

const FAULTS = 3;
const BACKOFF_MS = 500;

/**
 * Tries a compare-and-swap again while others are faster, and while a store's fault may pass.
 * `attempt` reads again each time. Never throws for a store's fault.
 */
export async function swapUntilDone(
  clock: Clock,
  attempt: () => Promise<Try>,
): Promise<SwapResult> {
  let faults = 0;
  const result = await swapAgain<SwapResult>(async () => {
    try {
      const tried = await attempt();
      return tried === 'again' ? 'again' : { kind: tried };
    } catch (error) {
      const cause = causeOf(error);
      faults += 1;
      if (!mayPass(error) || faults === FAULTS) {
        return { kind: 'failed', cause };
      }
      await clock.sleep(BACKOFF_MS * 2 ** (faults - 1));
      return 'again';
    }
  });
  if (result !== 'again') {
    return result;
  }
  const cause = `the secret kept changing while we tried to write it (${SWAP_TRIES} attempts)`;
  return { kind: 'failed', cause };
}

/** Returns why an attempt failed. Throws what is no fault of a store or a map. */
function causeOf(error: unknown): string {
  if (error instanceof VaultMapError) {
    return `the map was changed, and ${error.message}`;
  }
  if (error instanceof StoreError) {
    return error.message;
  }
  throw error;
}
