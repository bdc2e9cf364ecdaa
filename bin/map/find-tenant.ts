import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { type Fleet, readFleet, shardsOf } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from './closest.ts';

/**
 * Returns the shard that holds a tenant, and its map. Looks in `shard` alone where one is named.
 * Throws CommandError where there is no such tenant, and StoreError.
 */
export async function findTenant(
  ports: RunPorts,
  tenant: string,
  shard?: string,
): Promise<{ shard: string; map: VaultMap }> {
  const fleet = await readFleet(ports, shard ?? null);
  const found = shardsOf(fleet, tenant)[0];
  const map = found === undefined ? undefined : fleet.maps.get(found);
  if (found !== undefined && map) {
    return { shard: found, map };
  }
  throw unknownTenant(tenant, fleet, shard);
}

/** Says that no shard which could be read holds a tenant, and which name may be meant. */
function unknownTenant(tenant: string, fleet: Fleet, shard?: string): CommandError {
  const unread = fleet.shards.filter((name) => fleet.maps.get(name) === null);
  const where = shard === undefined ? '' : ` in shard ${shard}`;
  const perhaps = unread.length > 0 ? ` Shard ${unread.join(', ')} could not be read.` : '';
  const known = [...fleet.maps.values()].flatMap((map) => [...(map?.tenants.keys() ?? [])]);
  const add = isName(tenant) ? `. A new one: tokens add ${tenant}` : '';
  return new CommandError(
    `There is no tenant ${shown(tenant)}${where}.${didYouMean(tenant, known)}${perhaps}`,
    { code: 'unknown_tenant', nextStep: `All tenants: tokens status${add}` },
  );
}
