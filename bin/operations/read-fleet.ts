import pLimit from 'p-limit';
import { clockFactsOf } from '../../lambda/ahead/clock-facts.ts';
import { type End, endsOf } from '../../lambda/ahead/ends.ts';
import { marksOf, type TenantMarks } from '../../lambda/ahead/tenant-marks.ts';
import {
  type FormerName,
  newShardState,
  parseShardState,
} from '../../lambda/history/shard-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import type { InvalidTenant, Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { type TenantTraits, traitsOf } from '../../lambda/map/tenant-filter.ts';
import type { RunPorts } from '../../lambda/ports.ts';

/** One tenant of the fleet, with what its shard's state knows. */
export interface FleetTenant {
  tenant: string;
  shard: string;
  entry: Tenant | InvalidTenant;
  traits: TenantTraits;
  marks: TenantMarks;
  /** Names that it had before it was renamed, the oldest first. */
  formerNames: readonly FormerName[];
  /** Says what ends, the nearest first. Of a wrong entry nothing is known. */
  ends: End[];
}

const SHARDS_AT_ONCE = 8;

/** Reads every tenant of every shard, or of one. Throws StoreError and VaultMapError. */
export async function readFleetTenants(
  ports: RunPorts,
  shard: string | undefined,
): Promise<FleetTenant[]> {
  const shards = shard === undefined ? await ports.vault.shards() : [shard];
  const limit = pLimit(SHARDS_AT_ONCE);
  const read = await Promise.all(shards.map((name) => limit(() => readShard(ports, name))));
  return read.flat();
}

async function readShard(ports: RunPorts, shard: string): Promise<FleetTenant[]> {
  const [{ map }, stored] = await Promise.all([readVault(ports, shard), ports.states.read(shard)]);
  const state = stored ? parseShardState(stored.text) : newShardState();
  return [...map.tenants.keys()].map((tenant) => {
    const entry = resolveTenant(tenant, map);
    const marks = marksOf(state, tenant);
    const ends = isTenant(entry) ? endsOf(clockFactsOf(entry, marks)) : [];
    const formerNames = state.tenants.get(tenant)?.former_names ?? [];
    return { tenant, shard, entry, traits: traitsOf(tenant, map), marks, formerNames, ends };
  });
}
