import { StoreError } from '../ports.ts';
import { type Filing, fileEntry } from './file-entry.ts';
import type { ShardRun } from './shard-run.ts';

/**
 * Returns whether a credential may be adopted now. The lease holds, the archive takes it, and the
 * map that was read is the newest one.
 */
export function mayAdopt(run: ShardRun): boolean {
  const isNewest = run.vault.createdAt >= run.newestVersionAt;
  return isNewest && run.lease.leftMs() > 0 && run.gate.isOpen();
}

/**
 * Archives an entry, and returns whether that worked. What cannot be archived is not adopted, and
 * so not sent. The gate says so for the run.
 */
export async function adopt(run: ShardRun, filing: Filing): Promise<boolean> {
  try {
    await fileEntry(run, filing);
    return true;
  } catch (error) {
    if (error instanceof StoreError) {
      return false;
    }
    throw error;
  }
}
