import pLimit from 'p-limit';
import { type FleetTenant, fleetTenantsOf } from '../ahead/fleet-tenant.ts';
import { readShardState } from '../keep/read-shard-state.ts';
import { readVault } from '../keep/read-vault.ts';
import type { RunPorts } from '../ports.ts';

const SHARDS_AT_ONCE = 8;

/** Reads every tenant of every shard, or of one. Throws StoreError and VaultMapError. */
export async function readFleetTenants(
  ports: Pick<RunPorts, 'vault' | 'states'>,
  shard: string | undefined,
): Promise<FleetTenant[]> {
  const shards = shard === undefined ? await ports.vault.shards() : [shard];
  const read = await pLimit(SHARDS_AT_ONCE).map(shards, (name) => readShard(ports, name));
  return read.flat();
}

/** Reads every tenant of the shards that can be read. Throws StoreError where none is listed. */
export async function readReadableTenants(
  ports: Pick<RunPorts, 'vault' | 'states'>,
): Promise<FleetTenant[]> {
  const limit = pLimit(SHARDS_AT_ONCE);
  const shards = await ports.vault.shards();
  const read = await Promise.allSettled(shards.map((name) => limit(() => readShard(ports, name))));
  return read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

async function readShard(
  ports: Pick<RunPorts, 'vault' | 'states'>,
  shard: string,
): Promise<FleetTenant[]> {
  const [{ map }, state] = await Promise.all([
    readVault(ports, shard),
    readShardState(ports, shard),
  ]);
  return fleetTenantsOf(shard, map, state);
}
