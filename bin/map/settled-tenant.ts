import { movedTo } from '../../lambda/history/shard-state.ts';
import { fileMove } from '../../lambda/keep/moves.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { findTenant } from './find-tenant.ts';
import { holdShards, storeTenants } from './hold-shards.ts';

/**
 * Returns the shard that holds a tenant and may ask for it, with its map. A tenant may be marked as
 * moved away though no other shard holds it, because it came back by hand or a split went no
 * further. That mark is taken away under the lease. Throws CommandError where the tenant is
 * unknown, or half of it is in another shard, and StoreError.
 */
export async function findSettled(
  ports: RunPorts,
  tenant: string,
): Promise<{ shard: string; map: VaultMap }> {
  const place = await findTenant(ports, tenant);
  await takeBack(ports, place.shard, [tenant]);
  return place;
}

/**
 * Makes sure that tenants which are in a shard's map are not marked there as moved to another
 * one. A marked one is never asked. Throws CommandError where half of one is in the other shard,
 * and StoreError.
 */
export async function takeBack(
  ports: RunPorts,
  shard: string,
  tenants: readonly string[],
): Promise<void> {
  const { tenants: states } = await readShardState(ports, shard);
  const marked = tenants.filter((tenant) => movedTo(states, tenant) !== null);
  if (marked.length === 0) {
    return;
  }
  await holdShards(ports, [shard], async (held) => {
    const next = new Map(held.tenants);
    for (const tenant of marked) {
      const state = held.tenants.get(tenant);
      if (!state || state.moved_to === null) {
        continue;
      }
      if (!(await isHeld(ports, state.moved_to, tenant))) {
        await fileMove(held.run, tenant, null);
        next.set(tenant, { ...state, moved_to: null });
      } else if (held.run.vault.map.tenants.has(tenant)) {
        throw halfMoved(tenant, shard, state.moved_to);
      }
    }
    await storeTenants(held, next);
  });
}

async function isHeld(ports: RunPorts, shard: string, tenant: string): Promise<boolean> {
  return (
    (await ports.vault.shards()).includes(shard) &&
    (await readVault(ports, shard)).map.tenants.has(tenant)
  );
}

function halfMoved(tenant: string, source: string, target: string): CommandError {
  return new CommandError(
    `Tenant ${tenant} is on its way to shard ${target}. Finish that first: ` +
      `tokens shard split ${source} --to ${target}`,
  );
}
