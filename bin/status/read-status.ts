import { type FleetTenant, fleetTenantsOf } from '../../lambda/ahead/fleet-tenant.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import type { ShardFailure } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shardFailure } from '../../lambda/report/shard-failure.ts';
import { statusOfShard, type TenantStatus } from './fleet-status.ts';
import { readOpenLinks } from './read-open-links.ts';
import { withOpenLinks } from './with-open-links.ts';

/** How a shard and its tenants are. */
export interface ShardStatus {
  shard: string;
  last_success_at: string | null;
  tenants: TenantStatus[];
  /** The same tenants, as far as they are looked at ahead. */
  fleet: FleetTenant[];
  /** The reason where it cannot be read. Then it has no tenants here. */
  failure?: ShardFailure;
}

/**
 * Reads how every tenant is, of one shard or of all. A shard that cannot be read says so, and the
 * others are read. Throws StoreError where the shards cannot be listed.
 */
export async function readStatus(ports: RunPorts, shard: string | null): Promise<ShardStatus[]> {
  const now = Date.now();
  const shards = shard === null ? await ports.vault.shards() : [shard];
  const read = await Promise.all(shards.map((name) => readShard(ports, name, now)));
  const links = await readOpenLinks(ports);
  return read.map((one) => ({ ...one, tenants: withOpenLinks(one.tenants, links) }));
}

async function readShard(ports: RunPorts, shard: string, now: number): Promise<ShardStatus> {
  try {
    const [{ map }, state] = await Promise.all([
      readVault(ports, shard),
      readShardState(ports, shard),
    ]);
    const tenants = statusOfShard(shard, map, state, now);
    const fleet = fleetTenantsOf(shard, map, state);
    return {
      shard,
      last_success_at: state.last_success_at,
      tenants,
      fleet,
    };
  } catch (error) {
    const failure = shardFailure(ports, shard, error);
    return {
      shard,
      last_success_at: null,
      tenants: [],
      fleet: [],
      failure,
    };
  }
}
