import { type Family, isHeld, isInDoubt, issuedAt, rootOf, unite } from '../history/families.ts';
import {
  formatKnownRecord,
  isRootRecord,
  type KnownRecord,
  knownKey,
  parseKnownRecord,
  type RootRecord,
} from '../history/known-record.ts';
import { earlier, later, OLD, type Stamp } from '../history/stamp.ts';
import { StoreError, type Tagged } from '../ports.ts';
import { reportDamaged } from './archived-object.ts';
import { fileEntry, successionIn } from './file-entry.ts';
import { LeaseLostError } from './lease.ts';
import { nextStamp, type ShardRun } from './shard-run.ts';

/** Describes what it takes to read the index. */
export type IndexReader = Pick<ShardRun, 'ports' | 'shard' | 'ledger'>;

/** Says that a record of the index is there and cannot be read. */
export class DamagedRecordError extends StoreError {
  readonly key: string;
  constructor(key: string) {
    super('damaged', `${key} is damaged: put a good version back`);
    this.key = key;
  }
}

interface ReadRecord {
  record: KnownRecord;
  etag: string;
}

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
    if (found && !(await isRootOf(run, family, found.record.root))) {
      return false;
    }
  }
  family.indexed = print;
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
 * Looks a credential up that the state does not know. Returns its family, or null where the index
 * does not know it either. Throws StoreError.
 */
export async function lookUpCredential(run: IndexReader, print: string): Promise<Family | null> {
  const found = await readRecord(run, print);
  if (!found) {
    return null;
  }
  const { record } = found;
  const family = await familyOfRoot(run, record.root);
  run.ledger.knowledge.families.set(print, family);
  const stamp = isRootRecord(record) || record.shard !== run.shard ? OLD : record.stamp;
  const born = family.members.get(print) ?? null;
  family.members.set(print, born === null ? stamp : earlier(born, stamp));
  // Its archive entry never came, but a run put it into the map. It is the newest.
  if (stamp > family.stamp && family.current !== null) {
    Object.assign(family, {
      current: print,
      stamp,
      key: null,
    });
  }
  return family;
}

/** Returns a family by its root, also one that the state has forgotten. Throws StoreError. */
export async function familyOfRoot(run: IndexReader, root: string): Promise<Family> {
  const { knowledge } = run.ledger;
  const known = knowledge.families.get(root);
  if (known) {
    return known;
  }
  const found = await readRecord(run, root);
  const roots = found && isRootRecord(found.record) ? found.record.roots : [];
  const family = unite(knowledge, [root, ...roots]);
  for (const one of [root, ...roots]) {
    family.roots.add(one);
  }
  return family;
}

/**
 * Gives a family back that no tenant of the map holds. Another shard may take it from now on. Throws
 * StoreError, DamagedRecordError among them, and LeaseLostError.
 */
export async function giveBack(run: ShardRun, family: Family): Promise<void> {
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

function newRootRecord(shard: string, root: string, stamp: Stamp): RootRecord {
  return {
    root,
    owner: shard,
    stamp,
    roots: [root],
    cur: null,
    key: null,
    doubt: false,
    held: null,
  };
}

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

async function readRecord(run: Pick<ShardRun, 'ports'>, print: string): Promise<ReadRecord | null> {
  const stored = await run.ports.records.read(knownKey(print));
  if (!stored) {
    return null;
  }
  try {
    return { record: parseKnownRecord(stored.text), etag: stored.etag };
  } catch {
    throw new DamagedRecordError(knownKey(print));
  }
}

/** Reports a damaged record, and returns null for it. Throws StoreError. */
async function readGoodRecord(run: ShardRun, print: string): Promise<ReadRecord | null> {
  try {
    return await readRecord(run, print);
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) {
      throw error;
    }
    reportDamaged(run, error.key);
    return null;
  }
}

/** Returns whether the record was created, or is there from an earlier try of this run. */
function createRecord(run: ShardRun, print: string, record: KnownRecord): Promise<boolean> {
  return writeRecord(run, print, record, null);
}

async function writeRecord(
  run: ShardRun,
  print: string,
  record: KnownRecord,
  etag: string | null,
): Promise<boolean> {
  const text = formatKnownRecord(record);
  const key = knownKey(print);
  if ((await run.ports.records.write(key, text, etag)) !== 'refused') {
    return true;
  }
  // A retry inside the SDK finds its own first attempt.
  const stored = await readGiven(run, key);
  return stored !== 'withheld' && stored?.text === text;
}

/** Tells whether the index has a credential or code, also where it withholds it. Throws StoreError. */
export async function hasRecord(run: IndexReader, print: string): Promise<boolean> {
  return (await readGiven(run, knownKey(print))) !== null;
}

async function readGiven(
  { ports }: Pick<ShardRun, 'ports'>,
  key: string,
): Promise<Tagged | 'withheld' | null> {
  try {
    return await ports.records.read(key);
  } catch (error) {
    if (error instanceof DamagedRecordError) {
      return 'withheld';
    }
    throw error;
  }
}
