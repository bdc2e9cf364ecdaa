/** A writer gives up after so many tries that others overtook. */
export const SWAP_TRIES = 12;

/**
 * Calls `attempt` until it returns something else than `again`, which says that somebody else was
 * faster. Returns `again` after 12 attempts. Throws what `attempt` throws.
 */
export async function swapAgain<T>(
  attempt: (tries: number) => Promise<T | 'again'>,
): Promise<T | 'again'> {
  for (let tries = 0; tries < SWAP_TRIES; tries++) {
    const result = await attempt(tries);
    if (result !== 'again') {
      return result;
    }
  }
  return 'again';
}
