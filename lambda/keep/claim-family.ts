import { type Family, rootOf, unite } from '../history/families.ts';
import { isRootRecord, type RootRecord } from '../history/known-record.ts';
import { later, OLD, type Stamp } from '../history/stamp.ts';
import { fileEntry, successionIn } from './file-entry.ts';
import {
  createRecord,
  newRootRecord,
  readGoodRecord,
  readRecord,
  writeRecord,
} from './index-records.ts';
import { isOwnedHere } from './ownership.ts';
import { nextStamp, type ShardRun } from './shard-run.ts';

/**
 * Asks the index whether this shard owns a family, and takes one that nobody owns. What is about to
 * be claimed is filed first. Nobody could give back a claim that no run remembers. Returns false
 * where another shard owns it. Throws StoreError.
 */
export async function claimFamily(run: ShardRun, family: Family, tenant: string): Promise<boolean> {
  if (family.own) {
    return true;
  }
  family.roots.add(rootOf(family));
  // A root may turn out to be a member of an older one, which is claimed in its turn.
  for (const root of family.roots) {
    if (!(await claimRoot(run, family, root, tenant))) {
      return false;
    }
  }
  // Nobody has handed it over, and no entry tells of an answer. It was never sent.
  const root = rootOf(family);
  if (!run.ledger.knowledge.codes.has(root)) {
    family.current ??= root;
  }
  family.own = true;
  return true;
}

/**
 * Claims a family whose first credential nothing knew, and which an adopted entry speaks of. One
 * write suffices. Returns false where another shard was faster. Throws StoreError.
 */
export async function claimNewFamily(run: ShardRun, family: Family): Promise<boolean> {
  const root = rootOf(family);
  const record = newRootRecord(run.shard, root, family.stamp);
  const created = await createRecord(run, root, record);
  family.own = created || (await isOwnedHere(run, root));
  return family.own;
}

async function claimRoot(
  run: ShardRun,
  family: Family,
  root: string,
  tenant: string,
): Promise<boolean> {
  const found = await readRecord(run, root);
  if (found && !isRootRecord(found.record)) {
    return nameAfter(run, family, found.record.root);
  }
  const record = found && isRootRecord(found.record) ? found.record : null;
  if (record?.owner === run.shard) {
    followOwn(run, family, record);
    return true;
  }
  if (record && record.owner !== null) {
    return false;
  }
  await fileClaim(run, family, root, tenant);
  const claimed = record
    ? { ...record, owner: run.shard, stamp: nextStamp(run) }
    : newRootRecord(run.shard, root, family.stamp);
  const isClaimed = await writeRecord(run, root, claimed, found?.etag ?? null);
  if (isClaimed && record && record.cur !== null) {
    takeOver(run, family, record, record.cur);
  }
  return isClaimed;
}

/** Lets a family know what this shard's own record of it knows. */
function followOwn(run: ShardRun, family: Family, record: RootRecord): void {
  if (record.held) {
    noteHeld(family, record.held, record.stamp);
  }
  if (record.cur !== null && record.stamp > family.stamp) {
    takeOver(run, family, record, record.cur);
  }
}

/**
 * Gives a family the root that the index knows. Returns false where that makes another family and
 * this one the same. The next run claims it as one.
 */
function nameAfter(run: ShardRun, family: Family, root: string): boolean {
  const united = unite(run.ledger.knowledge, [...family.roots, family.current, root]);
  united.roots.add(root);
  return united === family;
}

/**
 * Names families of which entries of version 0.1 alone are known by their root in the index, where
 * it has one. A damaged record is met again when the family is claimed. Throws StoreError.
 */
export async function nameFamilies(run: ShardRun): Promise<void> {
  const families = new Set(run.ledger.knowledge.families.values());
  for (const family of families) {
    if (family.roots.size > 0 || family.current === null) {
      continue;
    }
    const found = await readGoodRecord(run, family.current);
    if (found) {
      nameAfter(run, family, found.record.root);
    }
  }
}

async function fileClaim(
  run: ShardRun,
  family: Family,
  root: string,
  tenant: string,
): Promise<void> {
  const succession = {
    ...successionIn(run, tenant, family),
    root,
    born: null,
  };
  await fileEntry(run, {
    kind: 'claim',
    tenant,
    succession,
  });
}

/**
 * Makes a family this shard's own. What the shard that gave it back knew is newer than anything
 * known here.
 */
function takeOver(run: ShardRun, family: Family, record: RootRecord, current: string): void {
  const { knowledge } = run.ledger;
  if (!family.members.has(current)) {
    family.members.set(current, null);
  }
  knowledge.families.set(current, family);
  const stamp = nextStamp(run);
  Object.assign(family, {
    current,
    stamp,
    key: record.key,
  });
  if (record.held) {
    noteHeld(family, record.held, stamp);
  }
  if (record.doubt) {
    family.doubted = later(family.doubted, nextStamp(run));
  }
  run.takenOver.add(family);
}

/** Another shard's archive has the answer. Nothing else tells a rebuilt state of it. */
function noteHeld(family: Family, held: NonNullable<RootRecord['held']>, stamp: Stamp): void {
  if (stamp > (family.unread?.stamp ?? OLD)) {
    family.unread = { ...held, stamp };
  }
}
