import { type Family, isHeld, isInDoubt } from '../history/families.ts';
import { isRootRecord, type RootRecord } from '../history/known-record.ts';
import { readRecord, writeRecord } from './index-records.ts';
import { LeaseLostError } from './lease.ts';
import type { ShardRun } from './shard-run.ts';

/**
 * Gives a family back that no tenant of the map holds. Another shard may take it from now on. Throws
 * StoreError, DamagedRecordError among them, and LeaseLostError.
 */
export async function giveBackFamily(run: ShardRun, family: Family): Promise<void> {
  // The name that the index has is added on the way, and comes last.
  for (const root of family.roots) {
    const found = await readRecord(run, root);
    if (!found) {
      continue;
    }
    const { record, etag } = found;
    if (!isRootRecord(record)) {
      takeName(run, family, record.root);
    } else if (record.owner === run.shard) {
      await giveRootBack(run, family, root, { record, etag });
    }
  }
  family.own = false;
}

async function giveRootBack(
  run: ShardRun,
  family: Family,
  root: string,
  { record, etag }: { record: RootRecord; etag: string },
): Promise<void> {
  if (run.lease.leftMs() <= 0) {
    throw new LeaseLostError(`the lease of shard ${run.shard} ended`);
  }
  await writeRecord(run, root, { ...handedBack(record, family), owner: null }, etag);
}

/**
 * Names a family as the index does, after an entry of version 0.1 named it by a later member.
 * Another family of that name decides for itself.
 */
function takeName({ ledger }: ShardRun, family: Family, root: string): void {
  const { families } = ledger.knowledge;
  const named = families.get(root) ?? family;
  if (named === family) {
    families.set(root, family);
    family.roots.add(root);
  }
}

function handedBack(record: RootRecord, family: Family): RootRecord {
  const { current, key, unread } = family;
  const roots = [...family.roots];
  const doubt = record.doubt || isInDoubt(family);
  if (current === null || record.stamp > family.stamp) {
    return {
      ...record,
      roots,
      doubt,
    };
  }
  const held = isHeld(family) && unread ? heldOf(unread) : null;
  return {
    ...record,
    roots,
    doubt,
    held,
    cur: current,
    key,
  };
}

function heldOf({ spent, key, since }: { spent: string; key: string; since: string }) {
  return { spent, key, since };
}
