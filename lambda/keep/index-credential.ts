import { type Family, issuedAt, rootOf } from '../history/families.ts';
import { isRootRecord } from '../history/known-record.ts';
import { OLD } from '../history/stamp.ts';
import {
  createRecord,
  newRootRecord,
  type ReadRecord,
  readRecord,
  writeRecord,
} from './index-records.ts';
import { isOwnedHere } from './ownership.ts';
import type { ShardRun } from './shard-run.ts';

/**
 * Puts a credential into the index before it is first put into a map, so that no age of a copy can
 * make it look new. Returns false where another family has it. Throws StoreError.
 */
export async function indexCredential(
  run: ShardRun,
  family: Family,
  print: string,
): Promise<boolean> {
  if (isIndexed(family, print)) {
    return true;
  }
  const stamp = issuedAt(family, print);
  const record = {
    root: rootOf(family),
    shard: run.shard,
    stamp,
  };
  if (!(await createRecord(run, print, record))) {
    const found = await readRecord(run, print);
    const isOurs =
      !found ||
      (await isRootOf(run, family, found.record.root)) ||
      (await takeRoot(run, family, print, found));
    if (!isOurs) {
      return false;
    }
  }
  family.indexed = print;
  return true;
}

/**
 * Takes a root that a shard gave back with this credential as the current one. A platform issued it
 * again, after a tenant came here without what the archive of that shard got later. Returns false
 * for any other record.
 */
async function takeRoot(
  run: ShardRun,
  family: Family,
  print: string,
  { record, etag }: ReadRecord,
): Promise<boolean> {
  if (!isRootRecord(record) || record.owner !== null || record.cur !== print) {
    return false;
  }
  const taken = newRootRecord(run.shard, print, family.stamp);
  if (!(await writeRecord(run, print, { ...taken, roots: record.roots }, etag))) {
    return false;
  }
  family.roots.add(print);
  return true;
}

/** Tells whether the index has a credential of a family, as far as this shard knows. */
export function isIndexed({ roots, indexed }: Family, print: string): boolean {
  return roots.has(print) || indexed === print;
}

/**
 * Puts a credential that version 0.1 knew into the index, with the one root that its family has
 * there, whatever its state and its archive say. One that has a record keeps it. This run asks
 * later whose the family is. Throws StoreError.
 */
export async function indexOldCredential(
  run: ShardRun,
  print: string,
  root: string,
): Promise<void> {
  const record =
    print === root ? newRootRecord(run.shard, root, OLD) : { root, shard: run.shard, stamp: OLD };
  await createRecord(run, print, record);
}

/**
 * Tells whether the index means this family. Version 0.1 named none, so that its state and its
 * archive may call one family by two of its members.
 */
async function isRootOf(run: ShardRun, family: Family, root: string): Promise<boolean> {
  if (family.roots.has(root)) {
    return true;
  }
  if (run.ledger.knowledge.families.get(root) !== family) {
    return false;
  }
  if (!(await isOwnedHere(run, root))) {
    return false;
  }
  family.roots.add(root);
  return true;
}
