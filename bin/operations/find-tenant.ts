import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readFleet, shardsOf } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';

/**
 * The shard that holds a tenant, and its map; looked for in `shard` alone where one is named.
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
  if (found !== undefined && map) return { shard: found, map };
  const unread = fleet.shards.filter((name) => fleet.maps.get(name) === null);
  const where = shard === undefined ? '' : ` in shard ${shard}`;
  const perhaps = unread.length > 0 ? ` Shard ${unread.join(', ')} could not be read.` : '';
  throw new CommandError(
    `There is no tenant ${tenant}${where}.${perhaps} All of them: tokens status. A new one: tokens add ${tenant}`,
  );
}
