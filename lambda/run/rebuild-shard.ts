import pLimit from 'p-limit';
import { parseExchangeKey, shardPrefix } from '../history/archived-exchange.ts';
import { type Restoration, restore } from '../history/restore.ts';
import { newShardState } from '../history/shard-state.ts';
import { credentialValue } from '../keep/credential-value.ts';
import { doubtDamaged } from '../keep/doubt-damaged.ts';
import { type Ledger, openLedger } from '../keep/ledger.ts';
import { withMoves } from '../keep/moves.ts';
import { AT_ONCE, openReader, readEntries } from '../keep/read-archive.ts';
import { heldIn, type VaultMap } from '../map/vault-map.ts';
import { withoutMoved } from '../map/without-moved.ts';
import type { RunPorts } from '../ports.ts';
import { askIndex } from './ask-index.ts';

/** Describes what archive and index tell without a state. */
export interface Rebuilt {
  ledger: Ledger;
  /** The old map, without those of whom the archive tells that they were moved. */
  old: VaultMap;
  /** Keys of exchanges, and of records of the index, that cannot be read. */
  unreadable: ReadonlySet<string>;
  /** Of tenants whom a run would not ask for such an object, its key. */
  untold: ReadonlyMap<string, string>;
  listed: ReadonlySet<string>;
}

/** Takes in all that archive and index tell of a shard, without its state. Throws StoreError. */
export async function rebuild(
  ports: RunPorts,
  shard: string,
  { given, turn }: { given: VaultMap; turn: number },
): Promise<Rebuilt> {
  const ledger = openLedger(newShardState());
  const listed = await ports.archive.list(shardPrefix(shard));
  const keys = listed.filter((key) => parseExchangeKey(key) !== undefined);
  const reader = openReader({ ports, shard, ledger });
  await readEntries(reader, keys);
  const old = withoutMoved(given, withMoves(new Map(), ledger, keys));
  const { untold } = await askIndex(reader, old);
  const damaged = { keys: reader.damaged, turn, looked: [] };
  const waiting = doubtDamaged(ledger.knowledge, damaged);
  return {
    ledger,
    old,
    unreadable: new Set([...reader.damaged, ...untold.values()]),
    untold: new Map([...waiting, ...untold]),
    listed: new Set(keys),
  };
}

/** Describes what the old map would hold of a tenant after the restoration. */
export interface Restored {
  tenant: string;
  /** Fingerprint of the credential that it would hold; null where it would hold none. */
  print: string | null;
  /** A run would send it. One that is known to be past is kept, and not sent. */
  isSent: boolean;
}

/** Returns what the old map would hold of each tenant after its restoration. Throws StoreError. */
export async function restoreOld(
  ports: RunPorts,
  { ledger, old }: Rebuilt,
): Promise<Map<string, Restored>> {
  ledger.noteValues(old);
  const restorations = restore(heldIn(old), ledger.knowledge);
  const restored = await pLimit(AT_ONCE).map(restorations, (one) => restoreOne(ports, ledger, one));
  return new Map(restored.map((one) => [one.tenant, one]));
}

async function restoreOne(
  ports: RunPorts,
  ledger: Ledger,
  { tenant, family, put, holds }: Restoration,
): Promise<Restored> {
  if (!family || put === null) {
    return {
      tenant,
      print: holds,
      isSent: holds !== null,
    };
  }
  const value = await credentialValue({ ports, ledger }, family, put);
  if (value === null) {
    return { tenant, print: holds, isSent: false };
  }
  return { tenant, print: put, isSent: true };
}
