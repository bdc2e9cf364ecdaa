import { type Family, rootOf } from '../history/families.ts';
import { isRootRecord } from '../history/known-record.ts';
import { type IndexReader, readRecord } from './index-records.ts';
import type { ShardRun } from './shard-run.ts';

/**
 * Tells whether another shard owns a family, as the index says. Throws StoreError,
 * DamagedRecordError among them.
 */
export async function isOwnedElsewhere(reader: IndexReader, family: Family): Promise<boolean> {
  for (const root of new Set([rootOf(family), ...family.roots])) {
    const found = await readRecord(reader, root);
    const owner = found && isRootRecord(found.record) ? found.record.owner : null;
    if (owner !== null && owner !== reader.shard) {
      return true;
    }
  }
  return false;
}

/** Tells whether this shard owns a root, as the index says. Throws StoreError. */
export async function isOwnedHere(run: ShardRun, root: string): Promise<boolean> {
  const found = await readRecord(run, root);
  return found !== null && isRootRecord(found.record) && found.record.owner === run.shard;
}
