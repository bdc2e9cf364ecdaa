import { type Family, unite } from '../history/families.ts';
import { isRootRecord } from '../history/known-record.ts';
import { earlier, OLD } from '../history/stamp.ts';
import { hasRecord, type IndexReader, readRecord } from './index-records.ts';

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
async function familyOfRoot(run: IndexReader, root: string): Promise<Family> {
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

/** A code that the index has was sent, or may have been. Throws StoreError. */
export async function recallCode(run: IndexReader, code: string): Promise<void> {
  if (await hasRecord(run, code)) {
    run.ledger.knowledge.codes.set(code, { tenant: null, marked: '0', unsent: OLD });
  }
}

/**
 * Loads the family of a tenant that holds an old copy, where the state has forgotten it. Throws
 * StoreError.
 */
export async function recallFamily(reader: IndexReader, tenant: string): Promise<void> {
  const membership = reader.ledger.knowledge.tenants.get(tenant);
  if (membership) {
    await familyOfRoot(reader, membership.root);
  }
}
