import { OLD } from '../history/stamp.ts';
import { familyOfRoot, hasRecord, type IndexReader } from './ownership.ts';

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
