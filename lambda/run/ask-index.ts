import pLimit from 'p-limit';
import { restore } from '../history/restore.ts';
import type { IndexReader } from '../keep/index-records.ts';
import { lookUpCredential, recallCode, recallFamily } from '../keep/look-up.ts';
import { isOwnedElsewhere } from '../keep/ownership.ts';
import { AT_ONCE } from '../keep/read-archive.ts';
import { heldIn, type VaultMap } from '../map/vault-map.ts';
import { DamagedRecordError, type Records } from '../ports.ts';

/** Says whom the index keeps from being asked. */
interface KeptBack {
  /** Tenants whose credential another shard owns. */
  foreign: ReadonlySet<string>;
  /** Of tenants of whom a damaged record could have told, its key. */
  untold: ReadonlyMap<string, string>;
}

/**
 * Takes in what the index knows of a map, as a run would. It tells to which consent a credential
 * belongs whose exchange has expired, or which the state has forgotten. Throws StoreError.
 */
export async function askIndex(given: IndexReader, map: VaultMap): Promise<KeptBack> {
  const reader = readingOnce(given);
  const { knowledge } = reader.ledger;
  const held = heldIn(map);
  const foreign = new Set<string>();
  const untold = new Map<string, string>();

  /** What a damaged record would tell is not known. It keeps its own tenant alone back. */
  async function ask(tenant: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) {
        throw error;
      }
      untold.set(tenant, error.key);
    }
  }
  const askAll = <T extends { tenant: string }>(
    items: readonly T[],
    act: (item: T) => Promise<unknown>,
  ) => pLimit(AT_ONCE).map(items, (item) => ask(item.tenant, () => act(item)));

  await askAll(held, async ({ code, refreshToken }) => {
    if (refreshToken !== null && !knowledge.families.has(refreshToken)) {
      await lookUpCredential(reader, refreshToken);
    }
    if (code !== null && !knowledge.codes.has(code)) {
      await recallCode(reader, code);
    }
  });
  await askAll(held, ({ tenant }) => recallFamily(reader, tenant));
  await askAll(restore(held, knowledge), async ({ tenant, family }) => {
    if (family && !family.own && (await isOwnedElsewhere(reader, family))) {
      foreign.add(tenant);
    }
  });
  return { foreign, untold };
}

/** A family's name, its credential and its owner often stand in one record. */
function readingOnce({ ports, ...reader }: IndexReader): IndexReader {
  const reads = new Map<string, ReturnType<Records['read']>>();
  const read: Records['read'] = (key) => {
    const known = reads.get(key) ?? ports.records.read(key);
    reads.set(key, known);
    return known;
  };
  return { ...reader, ports: { ...ports, records: { ...ports.records, read } } };
}
