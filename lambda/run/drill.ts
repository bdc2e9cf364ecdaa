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
import { type Held, restore } from '../history/restore.ts';
import { newShardState } from '../history/shard-state.ts';
import { type Ledger, openLedger } from '../keep/ledger.ts';
import { type IndexReader, lookUpCredential } from '../keep/ownership.ts';
import { credentialValue, recallFamilies } from '../keep/plan-restore.ts';
import { AT_ONCE, readEntries } from '../keep/read-archive.ts';
import { readVault } from '../keep/read-vault.ts';
import { EntryFault, mergeWithApp } from '../map/merged-entry.ts';
import { heldIn, parseVaultMap, type VaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import { drillWords } from '../report/drill-text.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { openReadOnly } from './dry-run.ts';

/** A map that stands in for the oldest version of a shard. */
export interface GivenMap {
  shard: string;
  map: VaultMap;
}

const SHARDS_AT_ONCE = 4;

/**
 * Says which credentials would come back if the oldest map that is still kept were put in place of
 * the current one, and the state were lost: by that map, the archive and the index alone. Sends
 * nothing, and writes nothing. A shard that cannot be read says so. Throws StoreError where the
 * shards cannot be listed.
 */
export async function drill(
  ports: RunPorts,
  shard: string | null,
  given: GivenMap | null = null,
): Promise<DrillReport> {
  const shards = shard === null ? await ports.vault.shards() : [shard];
  const limit = pLimit(SHARDS_AT_ONCE);
  const drilled = await Promise.all(
    shards.map((name) =>
      limit(() => drillShard(ports, name, given?.shard === name ? given.map : null)),
    ),
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
    return { kind: 'done', result: await drillMap(ports, shard, given) };
  } catch (error) {
    return { kind: 'failed', failure: shardFailure(ports, shard, error) };
  }
}

async function drillMap(
  ports: RunPorts,
  shard: string,
  given: VaultMap | null,
): Promise<ShardDrill> {
  const oldest = given ? null : await ports.vault.readOldest(shard);
  const old = given ?? parseVaultMap(oldest === null ? null : oldest.text);
  const now = (await readVault(ports, shard)).map;
  const wanted = await currentCredentials(ports, shard, now);
  const rebuilt = await rebuild(ports, shard, old);
  const restored = await restoreOld(ports, rebuilt.ledger, old);
  const fates = wanted.map((one) => fateOf(one, { restored, rebuilt, old }));
  const named = (kind: Fate['kind']) => wanted.filter((_, at) => fates[at]?.kind === kind);
  return {
    shard,
    map_created_at: oldest === null ? null : new Date(oldest.createdAt).toISOString(),
    tenants: wanted.length,
    back: named('back').length,
    to_add: named('to_add').map(({ tenant }) => tenant),
    missing: fates.flatMap((fate) => (fate.kind === 'missing' ? [fate.missing] : [])),
    removed: [...old.tenants.keys()].filter((name) => !now.tenants.has(name)),
    edited: wanted.flatMap(({ tenant }) => (isEdited(tenant, old, now) ? [tenant] : [])),
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
  const isHere = ({ tenant }: Held) => (state.tenants.get(tenant)?.moved_to ?? null) === null;
  return restore(heldIn(now).filter(isHere), ledger.knowledge).map(
    ({ tenant, holds, put, family }) => ({
      tenant,
      print: put ?? holds,
      key: family?.key ?? null,
    }),
  );
}

/** Describes what archive and index tell by themselves. */
interface Rebuilt {
  ledger: Ledger;
  /** Keys of objects that are no exchange that can be read. */
  unreadable: ReadonlySet<string>;
  listed: ReadonlySet<string>;
}

async function rebuild(ports: RunPorts, shard: string, old: VaultMap): Promise<Rebuilt> {
  const ledger = openLedger(newShardState());
  const keys = (await ports.archive.list(shardPrefix(shard))).filter(
    (key) => parseExchangeKey(key) !== undefined,
  );
  const reader = {
    ports,
    shard,
    ledger,
    seenKeys: new Set<string>(),
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

/** The index tells to which consent a credential belongs whose exchange has expired. */
async function askIndex(reader: IndexReader, old: VaultMap): Promise<void> {
  const { knowledge } = reader.ledger;
  const limit = pLimit(AT_ONCE);
  const prints = heldIn(old).flatMap(({ refreshToken }) => refreshToken ?? []);
  const unknown = prints.filter((print) => !knowledge.families.has(print));
  await Promise.all(unknown.map((print) => limit(() => lookUpCredential(reader, print))));
  await recallFamilies(reader, [...old.tenants.keys()]);
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
  const restored = await Promise.all(
    restore(heldIn(old), ledger.knowledge).map((one) =>
      limit(async (): Promise<Restored> => {
        const { tenant, family, put, holds } = one;
        if (!family || put === null)
          return {
            tenant,
            print: holds,
            isSent: holds !== null,
          };
        const value = await credentialValue({ ports, ledger }, family, put);
        return {
          tenant,
          print: value === null ? holds : put,
          isSent: value !== null,
        };
      }),
    ),
  );
  return new Map(restored.map((one) => [one.tenant, one]));
}

type Fate = { kind: 'back' } | { kind: 'to_add' } | { kind: 'missing'; missing: Missing };

function fateOf(
  wanted: Wanted,
  { restored, rebuilt, old }: { restored: Map<string, Restored>; rebuilt: Rebuilt; old: VaultMap },
): Fate {
  const { tenant, print } = wanted;
  const is = old.tenants.has(tenant);
  const found = restored.get(tenant);
  if (is && (print === null || found?.print === print)) return { kind: 'back' };
  const isSafe = print === null || rebuilt.ledger.valueOf(print) !== undefined;
  if (!is && isSafe) return { kind: 'to_add' };
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
  if (print !== null && ledger.valueOf(print) !== undefined) return 'link_lost';
  return key !== null && listed.has(key) ? 'unreadable' : 'not_in_archive';
}

const CREDENTIALS: ReadonlySet<string> = new Set([
  'refresh_token',
  'authorization_code',
  'code_verifier',
  'device_code',
]);

/** An old map brings back old settings, client secrets among them. */
function isEdited(tenant: string, old: VaultMap, now: VaultMap): boolean {
  if (!old.tenants.has(tenant)) return false;
  return !isDeepStrictEqual(settingsOf(tenant, old), settingsOf(tenant, now));
}

function settingsOf(tenant: string, map: VaultMap): object {
  const values = valuesOf(tenant, map);
  return Object.fromEntries(Object.entries(values).filter(([field]) => !CREDENTIALS.has(field)));
}

function valuesOf(tenant: string, map: VaultMap): object {
  try {
    return mergeWithApp(tenant, map).values;
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    return { ...(map.tenants.get(tenant) as object | undefined) };
  }
}
