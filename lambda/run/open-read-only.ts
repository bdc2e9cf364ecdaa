import { beforeTurn, markerKey, shardPrefix } from '../history/archived-exchange.ts';
import { isInDoubt } from '../history/families.ts';
import { hasEndedWell, newShardState, type ShardState } from '../history/shard-state.ts';
import { parseShardState } from '../history/stored-state.ts';
import { doubtDamaged } from '../keep/doubt-damaged.ts';
import { foretellDoubt } from '../keep/doubt-unarchived.ts';
import { type Ledger, openLedger } from '../keep/ledger.ts';
import { withMoves } from '../keep/moves.ts';
import { lookDeep, openReader, readEntries } from '../keep/read-archive.ts';
import { withWithheldObjects, withWithheldRecords } from '../keep/withheld-object.ts';
import type { RunPorts } from '../ports.ts';

/** A shard as the next run will know it, without its lease. */
export interface ReadOnlyShard {
  /** They bear an object of the archive or of the index that the store refuses alone. */
  ports: RunPorts;
  state: ShardState;
  ledger: Ledger;
  /** Of tenants that a damaged object keeps from being asked, its key. */
  untold: ReadonlyMap<string, string>;
}

/**
 * Reads a shard's state, takes in what the archive holds and the state does not know, and doubts
 * what the next run would doubt. Throws StoreError.
 */
export async function openReadOnly(given: RunPorts, shard: string): Promise<ReadOnlyShard> {
  const stored = await given.states.read(shard);
  const state = stored ? parseShardState(stored.text) : newShardState();
  const archive = withWithheldObjects(given.archive, () => markerKey(shard, state.turn));
  const ports = { ...given, archive, records: withWithheldRecords(given.records) };
  const ledger = openLedger(state);
  const from = beforeTurn(shard, state.replayed_turn + 1);
  const keys = await ports.archive.list(shardPrefix(shard), from);
  const reader = openReader({ ports, shard, ledger });
  await readEntries(reader, keys);
  const tenants = withMoves(state.tenants, ledger, keys);
  const isClean = stored !== null && hasEndedWell(state);
  await foretellDoubt(ports, shard, ledger, isClean);
  const looked = [...new Set(ledger.knowledge.families.values())].filter(isInDoubt);
  await lookDeep(reader, looked);
  const damaged = { keys: reader.damaged, turn: state.turn, looked };
  const untold = doubtDamaged(ledger.knowledge, damaged);
  return { ports, state: { ...state, tenants }, ledger, untold };
}
