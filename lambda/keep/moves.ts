import { newTenantState, type TenantState } from '../history/shard-state.ts';
import { OLD } from '../history/stamp.ts';
import { fileEntry } from './file-entry.ts';
import type { Ledger } from './ledger.ts';
import { nextStamp, type ShardRun } from './shard-run.ts';

/**
 * Archives that a tenant is in another shard from now on, or in this one again (null), so that a
 * rebuilt state says so too. Throws StoreError.
 */
export async function fileMove(
  run: ShardRun,
  tenant: string,
  movedTo: string | null,
): Promise<void> {
  const stamp = nextStamp(run);
  await fileEntry(run, {
    kind: 'moved',
    tenant,
    movedTo,
    succession: { root: null, stamp, born: null, joined: OLD, had: [] },
  });
}

/** Returns the states of tenants with the moves that these objects of the archive tell of. */
export function withMoves(
  states: ReadonlyMap<string, TenantState>,
  ledger: Pick<Ledger, 'entryOf'>,
  keys: readonly string[],
): ReadonlyMap<string, TenantState> {
  const moves = keys
    .flatMap((key) => ledger.entryOf(key) ?? [])
    .filter(({ entry }) => entry.kind === 'moved')
    .sort((a, b) => (a.entry.stamp < b.entry.stamp ? -1 : 1));
  if (moves.length === 0) {
    return states;
  }
  const after = new Map(states);
  for (const { entry, movedTo } of moves) {
    after.set(entry.tenant, {
      ...(after.get(entry.tenant) ?? newTenantState),
      moved_to: movedTo,
    });
  }
  return after;
}
