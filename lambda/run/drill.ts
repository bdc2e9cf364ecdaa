import { isDeepStrictEqual } from 'node:util';
import pLimit from 'p-limit';
import { parseExchangeKey, shardPrefix } from '../history/archived-exchange.ts';
import { type Restoration, restore } from '../history/restore.ts';
import { newShardState } from '../history/shard-state.ts';
import { credentialValue } from '../keep/credential-value.ts';
import { doubtDamaged } from '../keep/doubt-damaged.ts';
import { type Ledger, openLedger } from '../keep/ledger.ts';
import { withMoves } from '../keep/moves.ts';
import { AT_ONCE, openReader, readEntries } from '../keep/read-archive.ts';
import { readVault, refuseLostVault } from '../keep/read-vault.ts';
import { EntryFault, mergeWithApp } from '../map/merged-entry.ts';
import { withoutMoved } from '../map/staying.ts';
import { heldIn, parseVaultMap, type VaultMap, VaultMapError } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import type {
  DrillCause,
  DrillReport,
  Missing,
  Renamed,
  ShardDrill,
  ShardDrillResult,
} from '../report/drill-report.ts';
import { drillWords } from '../report/drill-text.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { askIndex } from './ask-index.ts';
import { findMissingShards } from './missing-shards.ts';
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

/** Describes the credential that a tenant works with now. Fingerprints only. */
interface Wanted {
  tenant: string;
  print: string | null;
  /** Names the object of the archive that holds its value, where it is known. */
  key: string | null;
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

/** Describes what archive and index tell without a state. */
interface Rebuilt {
  ledger: Ledger;
  /** The old map, without those of whom the archive tells that they were moved. */
  old: VaultMap;
  /** Keys of exchanges, and of records of the index, that cannot be read. */
  unreadable: ReadonlySet<string>;
  /** Of tenants whom a run would not ask for such an object, its key. */
  untold: ReadonlyMap<string, string>;
  listed: ReadonlySet<string>;
}

async function rebuild(
  ports: RunPorts,
  shard: string,
  { given, turn }: { given: VaultMap; turn: number },
): Promise<Rebuilt> {
  const ledger = openLedger(newShardState());
  const listed = await ports.archive.list(shardPrefix(shard));
  const keys = listed.filter((key) => parseExchangeKey(key) !== undefined);
  const reader = openReader({ ports, shard, ledger });
  await readEntries(reader, keys);
  const old = withoutMoved(given, withMoves(new Map(), ledger, keys));
  const { untold } = await askIndex(reader, old);
  const damaged = { keys: reader.damaged, turn, looked: [] };
  const waiting = doubtDamaged(ledger.knowledge, damaged);
  return {
    ledger,
    old,
    unreadable: new Set([...reader.damaged, ...untold.values()]),
    untold: new Map([...waiting, ...untold]),
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
  { ledger, old }: Rebuilt,
): Promise<Map<string, Restored>> {
  ledger.noteValues(old);
  const restorations = restore(heldIn(old), ledger.knowledge);
  const restored = await pLimit(AT_ONCE).map(restorations, (one) => restoreOne(ports, ledger, one));
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

type Fate =
  | { kind: 'back' }
  | { kind: 'to_add' }
  | { kind: 'renamed'; renamed: Renamed }
  | { kind: 'missing'; missing: Missing };

/** Describes by what a credential's fate is decided. */
interface Evidence {
  restored: ReadonlyMap<string, Restored>;
  rebuilt: Rebuilt;
  now: VaultMap;
}

function fateOf(wanted: Wanted, { restored, rebuilt, now }: Evidence): Fate {
  const { tenant, print } = wanted;
  const { ledger, old, untold } = rebuilt;
  const found = restored.get(tenant);
  const waitsFor = untold.get(tenant);
  if (waitsFor !== undefined && found) {
    return { kind: 'missing', missing: withheld(wanted, waitsFor) };
  }
  if (found && (print === null || found.print === print)) {
    return { kind: 'back' };
  }
  const from = formerName(print, { restored, now });
  if (from !== undefined) {
    return { kind: 'renamed', renamed: { from, to: tenant } };
  }
  const hasValue = print === null || ledger.valueOf(print) !== undefined;
  const cameLater = !found || !holdsAny(tenant, old);
  return hasValue && cameLater ? { kind: 'to_add' } : missingFate(wanted, found, rebuilt);
}

/** Tells whether a map holds something of a tenant that its credential could have followed. */
function holdsAny(tenant: string, map: VaultMap): boolean {
  return heldIn(map).some(
    (held) => held.tenant === tenant && (held.code !== null || held.refreshToken !== null),
  );
}

/** Returns the tenant of the old map that is gone and would hold this credential. */
function formerName(
  print: string | null,
  { restored, now }: Pick<Evidence, 'restored' | 'now'>,
): string | undefined {
  if (print === null) {
    return undefined;
  }
  const former = [...restored.values()].find(
    (one) => one.print === print && one.isSent && !now.tenants.has(one.tenant),
  );
  return former?.tenant;
}

/** Returns a tenant whom a run would not ask before a damaged object is put back. */
function withheld({ tenant, print }: Wanted, key: string): Missing {
  return worded({
    tenant,
    fingerprint: print,
    archive_key: key,
    cause: 'unreadable',
    sends_older: false,
  });
}

function missingFate(wanted: Wanted, found: Restored | undefined, rebuilt: Rebuilt): Fate {
  const { tenant, print, key } = wanted;
  const missing = worded({
    tenant,
    fingerprint: print,
    archive_key: key,
    cause: causeOf(wanted, rebuilt),
    sends_older: found?.isSent === true,
  });
  return { kind: 'missing', missing };
}

function worded(missing: Omit<Missing, 'message' | 'next_step'>): Missing {
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

/**
 * An old map brings back old settings, client secrets and definitions among them, and credentials
 * that were cleared.
 */
function isEdited(tenant: string, old: VaultMap, now: VaultMap): boolean {
  if (!old.tenants.has(tenant)) {
    return false;
  }
  const isCleared = holdsAny(tenant, old) && !holdsAny(tenant, now);
  return isCleared || !isDeepStrictEqual(settingsOf(tenant, old), settingsOf(tenant, now));
}

function settingsOf(tenant: string, map: VaultMap): object {
  const values = valuesOf(tenant, map);
  const settings = Object.entries(values).filter(([field]) => !CREDENTIALS.has(field));
  return {
    ...Object.fromEntries(settings),
    definition: map.definitions.get(String(values.provider)),
  };
}

function valuesOf(tenant: string, map: VaultMap): Readonly<Record<string, unknown>> {
  try {
    const { values } = mergeWithApp(tenant, map);
    return values;
  } catch (error) {
    if (!(error instanceof EntryFault)) {
      throw error;
    }
    return { ...(map.tenants.get(tenant) as Record<string, unknown> | undefined) };
  }
}
