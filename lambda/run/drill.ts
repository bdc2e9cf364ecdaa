import pLimit from 'p-limit';
import { restore } from '../history/restore.ts';
import { readVault, refuseLostVault } from '../keep/read-vault.ts';
import { heldIn, parseVaultMap, type VaultMap, VaultMapError } from '../map/vault-map.ts';
import { withoutMoved } from '../map/without-moved.ts';
import type { RunPorts } from '../ports.ts';
import type { DrillReport, ShardDrill, ShardDrillResult } from '../report/drill-report.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { fateOf, type Wanted } from './drill-fate.ts';
import { isEdited } from './is-edited.ts';
import { findMissingShards } from './missing-shards.ts';
import { openReadOnly } from './open-read-only.ts';
import { rebuild, restoreOld } from './rebuild-shard.ts';

/** Holds a map that takes the place of the oldest version of a shard. */
export interface GivenMap {
  shard: string;
  map: VaultMap;
}

const SHARDS_AT_ONCE = 4;

/**
 * Says which credentials would come back if the state were lost, and the oldest map that is still
 * kept took the place of the current one. It looks at that map, the archive and the index alone.
 * Sends nothing, and writes nothing. A shard that cannot be read says so. Throws StoreError where
 * the shards cannot be listed.
 */
export async function drill(
  ports: RunPorts,
  shard: string | null,
  given: GivenMap | null = null,
): Promise<DrillReport> {
  const shards = shard === null ? await ports.vault.shards() : [shard];
  const mapFor = (name: string) => (given?.shard === name ? given.map : null);
  const drilled = await pLimit(SHARDS_AT_ONCE).map(shards, (name) =>
    drillShard(ports, name, mapFor(name)),
  );
  const results = drilled.flatMap((one) => (one.kind === 'done' ? [one.result] : []));
  const failures = drilled.flatMap((one) => (one.kind === 'failed' ? [one.failure] : []));
  const missing = shard === null ? await findMissingShards(ports, { shards }) : [];
  return {
    back: results.reduce((sum, { back }) => sum + back, 0),
    of: results.reduce((sum, { tenants }) => sum + tenants, 0),
    shards: results,
    failures: [...failures, ...missing],
  };
}

async function drillShard(
  ports: RunPorts,
  shard: string,
  given: VaultMap | null,
): Promise<ShardDrillResult> {
  try {
    return { kind: 'done', result: await drillMap(ports, shard, given) };
  } catch (error) {
    return { kind: 'failed', failure: shardFailure(ports, shard, error) };
  }
}

/** A map as it was. */
interface OldMap {
  map: VaultMap;
  /** Milliseconds since the epoch. Null for a map that was given, or that is not there. */
  createdAt: number | null;
}

/** A version that holds no map is passed over. No run could use it either. */
async function readOldest({ vault }: RunPorts, shard: string): Promise<OldMap> {
  const oldest = await vault.findKept(shard, 'oldest', (text) => mapIn(text) !== null);
  const map = oldest && mapIn(oldest.text);
  return map ? { map, createdAt: oldest.createdAt } : { map: parseVaultMap(null), createdAt: null };
}

function mapIn(text: string | undefined): VaultMap | null {
  try {
    return parseVaultMap(text);
  } catch (error) {
    if (error instanceof VaultMapError) {
      return null;
    }
    throw error;
  }
}

async function drillMap(
  ports: RunPorts,
  shard: string,
  given: VaultMap | null,
): Promise<ShardDrill> {
  const { ports: bearing, map: now, wanted, turn } = await readCurrent(ports, shard);
  const found = given ? { map: given, createdAt: null } : await readOldest(ports, shard);
  const rebuilt = await rebuild(bearing, shard, { given: found.map, turn });
  const { old } = rebuilt;
  const restored = await restoreOld(bearing, rebuilt);
  const fates = wanted.map((one) =>
    fateOf(one, {
      restored,
      rebuilt,
      now,
    }),
  );
  const tenants = wanted.map(({ tenant }) => tenant);
  const renamed = fates.flatMap((fate) => (fate.kind === 'renamed' ? [fate.renamed] : []));
  const isRenamed = new Set(renamed.map(({ from }) => from));
  const { createdAt } = found;
  return {
    shard,
    map_created_at: createdAt === null ? null : new Date(createdAt).toISOString(),
    tenants: tenants.length,
    back: fates.filter(({ kind }) => kind === 'back').length,
    to_add: tenants.filter((_, at) => fates[at]?.kind === 'to_add'),
    renamed,
    missing: fates.flatMap((fate) => (fate.kind === 'missing' ? [fate.missing] : [])),
    removed: [...old.tenants.keys()].filter(
      (name) => !now.tenants.has(name) && !isRenamed.has(name),
    ),
    edited: tenants.filter((tenant) => isEdited(tenant, old, now)),
    unreadable: [...rebuilt.unreadable],
  };
}

/** Describes a shard as it is, with ports that bear an object which the store refuses alone. */
interface Current {
  ports: RunPorts;
  map: VaultMap;
  wanted: Wanted[];
  turn: number;
}

/** Returns the map of now, and what each tenant holds when the next run has caught up. */
async function readCurrent(ports: RunPorts, shard: string): Promise<Current> {
  const vault = await readVault(ports, shard);
  const { ports: bearing, state, ledger } = await openReadOnly(ports, shard);
  refuseLostVault(ports, shard, vault, state);
  const map = withoutMoved(vault.map, state.tenants);
  const wanted = restore(heldIn(map), ledger.knowledge).map(({ tenant, holds, put, family }) => ({
    tenant,
    print: put ?? holds,
    key: family?.key ?? null,
  }));
  return { ports: bearing, map, wanted, turn: state.turn };
}
