import pLimit from 'p-limit';
import { DamagedRecordError, type IndexReader, lookUpCredential } from '../keep/ownership.ts';
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
  const ask = (act: () => Promise<unknown>) => limit(() => act().catch(passOverDamaged));
  await Promise.all(unknown.map((print) => ask(() => lookUpCredential(reader, print))));
  await Promise.all(
    [...map.tenants.keys()].map((name) => ask(() => recallFamilies(reader, [name]))),
  );
}

/** What a damaged record would tell is not known. */
function passOverDamaged(error: unknown): void {
  if (!(error instanceof DamagedRecordError)) {
    throw error;
  }
}
