import pLimit from 'p-limit';
import type { ShardView } from '../ask/shard-view.ts';
import type { RunRequest } from '../event.ts';
import { groupBy } from '../group-by.ts';
import type { TenantState } from '../history/shard-state.ts';
import { readShardState } from '../keep/read-shard-state.ts';
import { readVault } from '../keep/read-vault.ts';
import { type VaultMap, VaultMapError } from '../map/vault-map.ts';
import { type RunPorts, StoreError } from '../ports.ts';

/**
 * Holds the maps of all shards that a run sees, as read before any lease. They are good for
 * choosing and for finding twins, never for sending.
 */
export interface Fleet {
  shards: readonly string[];
  /**
   * Null for a shard that could not be read. Has no shard that nothing had to be known of, or that
   * a run has done with.
   */
  maps: Map<string, VaultMap | null>;
}

const AT_ONCE = 8;

/**
 * Reads the shards and the maps that a run needs before any lease. A run for everybody over one
 * shard needs no map: it has no name to check, and no twin to find. Throws StoreError where the
 * shards cannot be listed.
 */
export async function readFleetFor(ports: RunPorts, request: RunRequest): Promise<Fleet> {
  const { shard, tenants, provider, app, tag } = request;
  const isForAll = [shard, tenants, provider, app, tag].every((filter) => filter === null);
  if (!isForAll) {
    return readFleet(ports, shard);
  }
  const shards = await ports.vault.shards();
  return shards.length === 1 ? { shards, maps: new Map() } : readMaps(ports, shards);
}

/**
 * Reads every shard's map, or the named shard's alone. Without such a shard the fleet is empty.
 * Throws StoreError where the shards cannot be listed.
 */
export async function readFleet(ports: RunPorts, shard: string | null): Promise<Fleet> {
  return readMaps(ports, shard === null ? await ports.vault.shards() : [shard]);
}

async function readMaps(ports: RunPorts, shards: readonly string[]): Promise<Fleet> {
  const read = await pLimit(AT_ONCE).map(shards, (name) => readMap(ports, name));
  const maps = new Map<string, VaultMap | null>();
  for (const [at, name] of shards.entries()) {
    const map = read[at];
    if (map !== undefined && map !== 'missing') {
      maps.set(name, map);
    }
  }
  return { shards: [...maps.keys()], maps };
}

async function readMap(ports: RunPorts, shard: string): Promise<VaultMap | null | 'missing'> {
  try {
    const { map } = await readVault(ports, shard);
    return map;
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'not_found') {
      return 'missing';
    }
    if (error instanceof StoreError || error instanceof VaultMapError) {
      return null;
    }
    throw error;
  }
}

/** Returns a shard's map, or null where it cannot be read. Reads it where the run needed none yet. */
export async function mapOf(
  ports: RunPorts,
  { maps }: Fleet,
  shard: string,
): Promise<VaultMap | null> {
  const map = maps.has(shard) ? maps.get(shard) : await readMap(ports, shard);
  return map === undefined || map === 'missing' ? null : map;
}

/** Returns the shards that hold a tenant of this name. */
export function shardsOf({ maps }: Fleet, tenant: string): string[] {
  return [...maps].filter(([, map]) => map?.tenants.has(tenant)).map(([shard]) => shard);
}

/**
 * Returns for each shard the tenants whose name another shard has too, with that shard. A tenant
 * that its shard's state marks as moved does not count there. A split is under way.
 */
export async function findTwins(
  ports: RunPorts,
  fleet: Fleet,
): Promise<(shard: string) => Pick<ShardView, 'namesElsewhere'>> {
  const places = [...fleet.maps].flatMap(([shard, map]) => placesIn(shard, map));
  const byTenant = groupBy(places, ({ tenant }) => tenant);
  const twins = [...byTenant.values()].flatMap((group) => (group.length > 1 ? group : []));
  const moved = await movedTenants(ports, new Set(twins.map(({ shard }) => shard)));
  const staying = twins.filter(({ tenant, shard }) => !moved.has(`${shard}/${tenant}`));
  return (shard) => ({ namesElsewhere: twinsOf(shard, staying) });
}

/** Says which shard has a tenant. */
interface Place {
  tenant: string;
  shard: string;
}

function placesIn(shard: string, map: VaultMap | null): Place[] {
  if (!map) {
    return [];
  }
  return [...map.tenants.keys()].map((tenant) => ({ tenant, shard }));
}

function twinsOf(shard: string, places: readonly Place[]): Map<string, string> {
  const namesElsewhere = new Map<string, string>();
  const others = groupBy(
    places.filter((place) => place.shard !== shard),
    ({ tenant }) => tenant,
  );
  for (const { tenant } of places.filter((place) => place.shard === shard)) {
    const [other] = others.get(tenant) ?? [];
    if (other) {
      namesElsewhere.set(tenant, other.shard);
    }
  }
  return namesElsewhere;
}

async function movedTenants(ports: RunPorts, shards: ReadonlySet<string>): Promise<Set<string>> {
  const moved = new Set<string>();
  for (const shard of shards) {
    for (const [tenant, state] of await readTenantStates(ports, shard)) {
      if (state.moved_to !== null) {
        moved.add(`${shard}/${tenant}`);
      }
    }
  }
  return moved;
}

/** A state that cannot be read tells nothing here. Its shard reports it when its turn comes. */
async function readTenantStates(
  ports: RunPorts,
  shard: string,
): Promise<ReadonlyMap<string, TenantState>> {
  try {
    const { tenants } = await readShardState(ports, shard);
    return tenants;
  } catch {
    return new Map();
  }
}
