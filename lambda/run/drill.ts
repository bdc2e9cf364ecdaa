import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import type {
  DrillCause,
  DrillReport,
  Missing,
  ShardDrill,
  ShardDrillResult,
} from '../drill-report.ts';
import { parseExchangeKey, shardPrefix } from '../history/archived-exchange.ts';
import { type Restoration, restore } from '../history/restore.ts';
import { newShardState } from '../history/shard-state.ts';
import { type Ledger, openLedger } from '../keep/ledger.ts';
import { credentialValue } from '../keep/plan-restore.ts';
import { AT_ONCE, readEntries } from '../keep/read-archive.ts';
import { readVault } from '../keep/read-vault.ts';
import { EntryFault, mergeWithApp } from '../map/merged-entry.ts';
import { withoutMoved } from '../map/staying.ts';
import { heldIn, parseVaultMap, type VaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import { drillWords } from '../report/drill-text.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { askIndex } from './ask-index.ts';
import { openReadOnly } from './open-read-only.ts';

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
  const limit = pLimit(SHARDS_AT_ONCE);
  const mapFor = (name: string) => (given?.shard === name ? given.map : null);
  const drilled = await Promise.all(
    shards.map((name) => limit(() => drillShard(ports, name, mapFor(name)))),
  );
  const results = drilled.flatMap((one) => (one.kind === 'done' ? [one.result] : []));
  const failures = drilled.flatMap((one) => (one.kind === 'failed' ? [one.failure] : []));
  return {
    back: results.reduce((sum, { back }) => sum + back, 0),
    of: results.reduce((sum, { tenants }) => sum + tenants, 0),
    shards: results,
    failures,
  };
}

async function drillShard(
  ports: RunPorts,
  shard: string,
  given: VaultMap | null,
): Promise<ShardDrillResult> {
  try {
    const old = given ? { map: given, createdAt: null } : await readOldest(ports, shard);
    return { kind: 'done', result: await drillMap(ports, shard, old) };
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

async function readOldest({ vault }: RunPorts, shard: string): Promise<OldMap> {
  const oldest = await vault.readOldest(shard);
  if (oldest === null) {
    return { map: parseVaultMap(null), createdAt: null };
  }
  return { map: parseVaultMap(oldest.text), createdAt: oldest.createdAt };
}

async function drillMap(ports: RunPorts, shard: string, given: OldMap): Promise<ShardDrill> {
  const { map: old, createdAt } = given;
  const { map: now } = await readVault(ports, shard);
  const wanted = await currentCredentials(ports, shard, now);
  const rebuilt = await rebuild(ports, shard, old);
  const restored = await restoreOld(ports, rebuilt.ledger, old);
  const fates = wanted.map((one) =>
    fateOf(one, {
      restored,
      rebuilt,
      old,
    }),
  );
  const tenants = wanted.map(({ tenant }) => tenant);
  return {
    shard,
    map_created_at: createdAt === null ? null : new Date(createdAt).toISOString(),
    tenants: tenants.length,
    back: fates.filter(({ kind }) => kind === 'back').length,
    to_add: tenants.filter((_, at) => fates[at]?.kind === 'to_add'),
    missing: fates.flatMap((fate) => (fate.kind === 'missing' ? [fate.missing] : [])),
    removed: [...old.tenants.keys()].filter((name) => !now.tenants.has(name)),
    edited: tenants.filter((tenant) => isEdited(tenant, old, now)),
    unreadable: [...rebuilt.unreadable],
  };
}

/** Describes the credential that a tenant works with now. Fingerprints only. */
interface Wanted {
  tenant: string;
  print: string | null;
  /** Names the object of the archive that holds its value, where it is known. */
  key: string | null;
}

/** Returns what each tenant holds when the next run has caught up. */
async function currentCredentials(
  ports: RunPorts,
  shard: string,
  now: VaultMap,
): Promise<Wanted[]> {
  const { state, ledger } = await openReadOnly(ports, shard);
  const held = heldIn(withoutMoved(now, state.tenants));
  return restore(held, ledger.knowledge).map(({ tenant, holds, put, family }) => ({
    tenant,
    print: put ?? holds,
    key: family?.key ?? null,
  }));
}

/** Describes what archive and index tell without a state. */
interface Rebuilt {
  ledger: Ledger;
  /** Keys of objects that are no exchange that can be read. */
  unreadable: ReadonlySet<string>;
  listed: ReadonlySet<string>;
}

async function rebuild(ports: RunPorts, shard: string, old: VaultMap): Promise<Rebuilt> {
  const ledger = openLedger(newShardState());
  const listed = await ports.archive.list(shardPrefix(shard));
  const keys = listed.filter((key) => parseExchangeKey(key) !== undefined);
  const reader = {
    ports,
    shard,
    ledger,
    seenKeys: new Set<string>(),
    damaged: new Set<string>(),
  };
  await readEntries(reader, keys);
  await askIndex(reader, old);
  const unreadable = keys.filter((key) => ledger.entryOf(key) === undefined);
  return {
    ledger,
    unreadable: new Set(unreadable),
    listed: new Set(keys),
  };
}

/** Describes what the old map would hold of a tenant after the restoration. */
interface Restored {
  tenant: string;
  /** Fingerprint of the credential that it would hold; null where it would hold none. */
  print: string | null;
  /** A run would send it. One that is known to be past is kept, and not sent. */
  isSent: boolean;
}

async function restoreOld(
  ports: RunPorts,
  ledger: Ledger,
  old: VaultMap,
): Promise<Map<string, Restored>> {
  ledger.noteValues(old);
  const limit = pLimit(AT_ONCE);
  const restorations = restore(heldIn(old), ledger.knowledge);
  const restored = await Promise.all(
    restorations.map((one) => limit(() => restoreOne(ports, ledger, one))),
  );
  return new Map(restored.map((one) => [one.tenant, one]));
}

async function restoreOne(
  ports: RunPorts,
  ledger: Ledger,
  { tenant, family, put, holds }: Restoration,
): Promise<Restored> {
  if (!family || put === null) {
    return {
      tenant,
      print: holds,
      isSent: holds !== null,
    };
  }
  const value = await credentialValue({ ports, ledger }, family, put);
  if (value === null) {
    return { tenant, print: holds, isSent: false };
  }
  return { tenant, print: put, isSent: true };
}

type Fate = { kind: 'back' } | { kind: 'to_add' } | { kind: 'missing'; missing: Missing };

/** Describes by what a credential's fate is decided. */
interface Evidence {
  restored: ReadonlyMap<string, Restored>;
  rebuilt: Rebuilt;
  old: VaultMap;
}

function fateOf(wanted: Wanted, { restored, rebuilt, old }: Evidence): Fate {
  const { tenant, print } = wanted;
  const found = restored.get(tenant);
  const isInOldMap = old.tenants.has(tenant);
  const isRestored = print === null || found?.print === print;
  const hasValue = print === null || rebuilt.ledger.valueOf(print) !== undefined;
  if (isInOldMap && isRestored) {
    return { kind: 'back' };
  }
  if (!isInOldMap && hasValue) {
    return { kind: 'to_add' };
  }
  return { kind: 'missing', missing: toMissing(wanted, found, rebuilt) };
}

function toMissing(wanted: Wanted, found: Restored | undefined, rebuilt: Rebuilt): Missing {
  const { tenant, print, key } = wanted;
  const missing = {
    tenant,
    fingerprint: print,
    archive_key: key,
    cause: causeOf(wanted, rebuilt),
    sends_older: found?.isSent === true,
  };
  return { ...missing, ...drillWords(missing) };
}

/** An object that is there, and from which the credential did not come, cannot be read. */
function causeOf({ print, key }: Wanted, { ledger, listed }: Rebuilt): DrillCause {
  const hasValue = print !== null && ledger.valueOf(print) !== undefined;
  if (hasValue) {
    return 'link_lost';
  }
  const isThere = key !== null && listed.has(key);
  return isThere ? 'unreadable' : 'not_in_archive';
}

const CREDENTIALS: ReadonlySet<string> = new Set([
  'refresh_token',
  'authorization_code',
  'code_verifier',
  'device_code',
]);

/** An old map brings back old settings, client secrets among them. */
function isEdited(tenant: string, old: VaultMap, now: VaultMap): boolean {
  if (!old.tenants.has(tenant)) {
    return false;
  }
  return !isDeepStrictEqual(settingsOf(tenant, old), settingsOf(tenant, now));
}

function settingsOf(tenant: string, map: VaultMap): object {
  const entries = Object.entries(valuesOf(tenant, map));
  return Object.fromEntries(entries.filter(([field]) => !CREDENTIALS.has(field)));
}

function valuesOf(tenant: string, map: VaultMap): object {
  try {
    const { values } = mergeWithApp(tenant, map);
    return values;
  } catch (error) {
    if (!(error instanceof EntryFault)) {
      throw error;
    }
    return { ...(map.tenants.get(tenant) as object | undefined) };
  }
}
