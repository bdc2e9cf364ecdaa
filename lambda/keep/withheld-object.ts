import { knownKey } from '../history/known-record.ts';
import { type Archive, DamagedRecordError, type Records, StoreError } from '../ports.ts';

/**
 * Returns an archive that says `damaged` of an object which the store refuses alone, as one whose
 * key is disabled, or which another user owns. It must not stop the reading of others. `marker`
 * names an object that can be read unless nothing can. Where that is refused too, the fault stays as
 * it is, and names the right that is missing.
 */
export function withWithheldObjects(archive: Archive, marker: () => string): Archive {
  return {
    ...archive,
    get: (key) =>
      readOrTell(
        () => archive.get(key),
        async () => (await archive.get(marker())) !== null,
        ({ message }) => new StoreError('damaged', message),
      ),
  };
}

/** No record has this key. To ask for it tells whether records may be read at all. */
const NO_RECORD = knownKey('none');

/** Returns an index that says `damaged` of a record which the store refuses alone. */
export function withWithheldRecords(records: Records): Records {
  return {
    ...records,
    read: (key) =>
      readOrTell(
        () => records.read(key),
        () => records.read(NO_RECORD).then(() => true),
        () => new DamagedRecordError(key),
      ),
  };
}

/**
 * Returns what is read. Throws what `withheld` returns where the store refuses this read, and
 * `isReadable` says that it allows others.
 */
async function readOrTell<T>(
  read: () => Promise<T>,
  isReadable: () => Promise<boolean>,
  withheld: (refusal: StoreError) => StoreError,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isWithheld = isRefusal(error) && (await isReadable().catch(() => false));
    throw isWithheld ? withheld(error) : error;
  }
}

function isRefusal(error: unknown): error is StoreError {
  return error instanceof StoreError && ['denied', 'invalid'].includes(error.reason);
}
