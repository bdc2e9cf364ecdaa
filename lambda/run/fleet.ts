import pLimit from 'p-limit';
import type { ShardView } from '../ask/selection.ts';
import { fingerprint } from '../fingerprint.ts';
import type { TenantStates } from '../history/history.ts';
import { parseShardState } from '../history/shard-state.ts';
import { readVault } from '../keep/catch-up.ts';
import { heldCredentials, type VaultMap, VaultMapError } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import { StoreError } from '../ports.ts';

/**
 * The maps of all shards that a run sees, as read before any lease: good for choosing and for
 * finding twins, never for sending.
 */
export interface Fleet {
  shards: readonly string[];
  /** Null for a shard that could not be read. */
  maps: ReadonlyMap<string, VaultMap | null>;
}

type Twins = Pick<ShardView, 'elsewhere' | 'namesElsewhere'>;

const AT_ONCE = 8;

/**
 * Reads every shard's map, or the named shard's alone; without such a shard the fleet is empty.
 * Throws StoreError where the shards cannot be listed.
 */
export async function readFleet(ports: RunPorts, shard: string | null): Promise<Fleet> {
  const shards = shard === null ? await ports.vault.shards() : [shard];
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(
    shards.map((name) => limit(async () => [name, await readMap(ports, name)] as const)),
  );
  const maps = new Map(
    read.filter((one): one is [string, VaultMap | null] => one[1] !== 'missing'),
  );
  return { shards: [...maps.keys()], maps };
}

async function readMap(ports: RunPorts, shard: string): Promise<VaultMap | null | 'missing'> {
  try {
    return (await readVault(ports, shard)).map;
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'not_found') return 'missing';
    if (error instanceof StoreError || error instanceof VaultMapError) return null;
    throw error;
  }
}

/** The shards that hold a tenant of this name. */
export function shardsOf({ maps }: Fleet, tenant: string): string[] {
  return [...maps].filter(([, map]) => map?.tenants.has(tenant)).map(([shard]) => shard);
}

/**
 * For each shard, the credentials and names that other shards hold too. A tenant that its shard's
 * state marks as moved does not count there: a split is under way.
 */
export async function findTwins(ports: RunPorts, fleet: Fleet): Promise<(shard: string) => Twins> {
  const places = [...fleet.maps].flatMap(([shard, map]) =>
    [...(map?.tenants ?? [])].map(([tenant, entry]) => ({
      shard,
      tenant,
      prints: printsOf(entry),
    })),
  );
  const byName = groupBy(places, ({ tenant }) => [tenant]);
  const byPrint = groupBy(places, ({ prints }) => prints);
  const suspects = [...byName.values(), ...byPrint.values()]
    .filter((group) => new Set(group.map(({ shard }) => shard)).size > 1)
    .flat();
  const moved = await movedTenants(ports, new Set(suspects.map(({ shard }) => shard)));
  const staying = (place: Place) => !moved.has(`${place.shard}/${place.tenant}`);
  return (shard) => {
    const far = (group: readonly Place[]) =>
      group.filter((place) => place.shard !== shard && staying(place));
    const near = (group: readonly Place[]) =>
      group.some((place) => place.shard === shard && staying(place));
    const relevant = (groups: Map<string, Place[]>) =>
      [...groups].filter(([, group]) => near(group) && far(group).length > 0);
    return {
      elsewhere: new Map(
        relevant(byPrint).map(([print, group]) => [
          print,
          far(group).map((place) => `${place.tenant} (shard ${place.shard})`),
        ]),
      ),
      namesElsewhere: new Map(
        relevant(byName).map(([tenant, group]) => [tenant, far(group)[0]?.shard ?? '']),
      ),
    };
  };
}

interface Place {
  shard: string;
  tenant: string;
  prints: readonly string[];
}

function printsOf(entry: unknown): string[] {
  const { code, refreshToken } = heldCredentials(entry);
  return [code, refreshToken].filter((value) => value !== null).map(fingerprint);
}

function groupBy(
  places: readonly Place[],
  keysOf: (place: Place) => readonly string[],
): Map<string, Place[]> {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    for (const key of keysOf(place)) {
      const group = groups.get(key);
      if (group) group.push(place);
      else groups.set(key, [place]);
    }
  }
  return groups;
}

async function movedTenants(ports: RunPorts, shards: ReadonlySet<string>): Promise<Set<string>> {
  const moved = new Set<string>();
  for (const shard of shards)
    for (const [tenant, state] of await readTenantStates(ports, shard))
      if (state.moved_to !== null) moved.add(`${shard}/${tenant}`);
  return moved;
}

/**
 * Of a state that cannot be read nothing is known here: that is its own shard's fault, and told
 * when its turn comes.
 */
async function readTenantStates(ports: RunPorts, shard: string): Promise<TenantStates> {
  try {
    const stored = await ports.states.read(shard);
    return stored ? parseShardState(stored.text).tenants : new Map();
  } catch {
    return new Map();
  }
}
