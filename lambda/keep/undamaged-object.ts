import { type Archive, StoreError } from '../ports.ts';

/**
 * Returns an object of the archive, null where there is none, and undefined for one that is damaged
 * (truncated, empty, sealed for another place). It must not stop the reading of others. Throws
 * StoreError for any other fault.
 */
export async function undamagedObject(
  { get }: Pick<Archive, 'get'>,
  key: string,
): Promise<unknown> {
  try {
    return await get(key);
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'damaged') {
      return undefined;
    }
    throw error;
  }
}
