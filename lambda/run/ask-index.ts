import pLimit from 'p-limit';
import { type IndexReader, lookUpCredential } from '../keep/ownership.ts';
import { recallFamilies } from '../keep/plan-restore.ts';
import { AT_ONCE } from '../keep/read-archive.ts';
import { heldIn, type VaultMap } from '../map/vault-map.ts';

/**
 * Takes in what the index knows of a map. It tells to which consent a credential belongs whose
 * exchange has expired, or which the state has forgotten. Throws StoreError.
 */
export async function askIndex(reader: IndexReader, map: VaultMap): Promise<void> {
  const { knowledge } = reader.ledger;
  const limit = pLimit(AT_ONCE);
  const prints = heldIn(map).flatMap(({ refreshToken }) => refreshToken ?? []);
  const unknown = prints.filter((print) => !knowledge.families.has(print));
  await Promise.all(unknown.map((print) => limit(() => lookUpCredential(reader, print))));
  await recallFamilies(reader, [...map.tenants.keys()]);
}
