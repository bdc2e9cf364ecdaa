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
    async get(key) {
      try {
        return await archive.get(key);
      } catch (error) {
        const isWithheld = isRefusal(error) && (await isThere(archive, marker()));
        throw isWithheld ? new StoreError('damaged', error.message) : error;
      }
    },
  };
}

/** No record has this key. To ask for it tells whether records may be read at all. */
const NO_RECORD = knownKey('none');

/** Returns an index that says `damaged` of a record which the store refuses alone. */
export function withWithheldRecords(records: Records): Records {
  return {
    ...records,
    async read(key) {
      try {
        return await records.read(key);
      } catch (error) {
        const isWithheld = isRefusal(error) && (await mayRead(records));
        throw isWithheld ? new DamagedRecordError(key) : error;
      }
    },
  };
}

async function mayRead(records: Records): Promise<boolean> {
  try {
    await records.read(NO_RECORD);
    return true;
  } catch {
    return false;
  }
}

function isRefusal(error: unknown): error is StoreError {
  return error instanceof StoreError && ['denied', 'invalid'].includes(error.reason);
}

async function isThere(archive: Archive, key: string): Promise<boolean> {
  try {
    return (await archive.get(key)) !== null;
  } catch {
    return false;
  }
}
