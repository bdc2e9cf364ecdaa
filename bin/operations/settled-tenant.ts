import { readVault } from '../../lambda/recovery.ts';
import type { RunPorts } from '../../lambda/run.ts';
import { parseShardState } from '../../lambda/shard-state.ts';
import type { VaultMap } from '../../lambda/vault-map.ts';
import { CommandError } from '../errors.ts';
import { findTenant } from './find-tenant.ts';
import { holdShards, storeStates } from './hold-shards.ts';

/**
 * The shard that holds a tenant and may ask for it, with its map. A mark that it was moved away, though no other shard holds it (it came back by hand, or a
 * split went no further), is taken away under the lease. Throws CommandError where it is unknown, or half of it is in another shard, and StoreError.
 */
export async function findSettled(ports: RunPorts, tenant: string): Promise<{ shard: string; map: VaultMap }> {
  const place = await findTenant(ports, tenant);
  await takeBack(ports, place.shard, tenant);
  return place;
}

/** Makes sure that a tenant which stands in a shard's map is not marked there as moved to another one. Throws as findSettled does. */
export async function takeBack(ports: RunPorts, shard: string, tenant: string): Promise<void> {
  const stored = await ports.states.read(shard);
  if (!stored || (parseShardState(stored.text).tenants.get(tenant)?.moved_to ?? null) === null) return;
  await holdShards(ports, [shard], async (run) => {
    const state = run.states.get(tenant);
    if (!state || state.moved_to === null) return;
    const shards = await ports.vault.shards();
    const isThere = shards.includes(state.moved_to) && (await readVault(ports, state.moved_to)).map.tenants.has(tenant);
    if (isThere && run.vault.map.tenants.has(tenant)) {
      throw new CommandError(
        `Tenant ${tenant} is on its way to shard ${state.moved_to}. Finish that first: tokens shard split ${shard} --to ${state.moved_to}`,
      );
    }
    if (!isThere) await storeStates(run, new Map([...run.states, [tenant, { ...state, moved_to: null }]]));
  });
}
