import { fingerprint } from '../../lambda/fingerprint.ts';
import { isTenant, resolveTenant, type Tenant } from '../../lambda/map/tenant-entry.ts';
import { heldCredentials, parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import type { Fleet } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';
import { putEntries } from './map-text.ts';
import type { Entry, Newcomers } from './tenant-source.ts';

/** What would become of one newcomer. */
export interface Prospect {
  tenant: string;
  provider: string | null;
  /** How its first token will be had; null while it holds no credential. */
  grant: string | null;
  /** Why it cannot be added: names and paths, never a value. */
  problem?: string;
  /** It may be added, but somebody should know. */
  warning?: string;
}

/**
 * Looks at tenants that are to be added to a shard, beside all that the fleet holds: names that
 * exist, entries that are wrong, credentials that others hold. Throws CommandError where a shard
 * cannot be read, since a duplicate may stand there, and where an app stands in the shard with
 * other fields.
 */
export function reviewNewcomers(fleet: Fleet, shard: string, newcomers: Newcomers): Prospect[] {
  const unread = fleet.shards.filter((name) => fleet.maps.get(name) === null);
  if (unread.length > 0)
    throw new CommandError(
      `Shard ${unread.join(', ')} cannot be read, so that duplicates cannot be ruled out: nothing was added.`,
    );
  const merged = mergeMaps(fleet.maps.get(shard) ?? parseVaultMap(null), newcomers);
  const holders = holdersOf(new Map([...fleet.maps, [shard, merged]]));
  return [...newcomers.tenants.keys()].map((name) =>
    review(name, { fleet, shard, merged, holders }),
  );
}

interface Surroundings {
  fleet: Fleet;
  shard: string;
  merged: VaultMap;
  holders: ReadonlyMap<string, readonly Holder[]>;
}

function review(name: string, { fleet, shard, merged, holders }: Surroundings): Prospect {
  const resolved = resolveTenant(name, merged);
  const about: Prospect = isTenant(resolved)
    ? { tenant: name, provider: resolved.provider.id, grant: resolved.grant }
    : { tenant: name, provider: resolved.provider, grant: null };
  if (!isName(name))
    return {
      ...about,
      problem: 'its name is not allowed: 1 to 64 letters, digits, ".", "_" or "-"',
    };
  const home = [...fleet.maps].find(([, map]) => map?.tenants.has(name))?.[0];
  if (home !== undefined)
    return { ...about, problem: `it exists already${home === shard ? '' : `, in shard ${home}`}` };
  if (!isTenant(resolved) && !lacksOnlyCredential(resolved.path, merged.tenants.get(name)))
    return {
      ...about,
      problem: `${resolved.path} is wrong: ${resolved.message.replace(/^.*?: /, '').replace(/\.$/, '')}`,
    };
  const others = printsOf(merged.tenants.get(name)).flatMap((print) =>
    (holders.get(print) ?? []).filter((holder) => holder.name !== name),
  );
  if (others.length === 0) return about;
  const names = [
    ...new Set(
      others.map((holder) =>
        holder.shard === shard ? holder.name : `${holder.name} (shard ${holder.shard})`,
      ),
    ),
  ].join(', ');
  const shared = others.every(
    (holder) => holder.shard === shard && isTenant(resolved) && holder.client === resolved.client,
  );
  return shared
    ? {
        ...about,
        warning: `it holds the same credential as ${names}: they will share one exchange`,
      }
    : { ...about, problem: `it holds the same credential as ${names}` };
}

/** Such a tenant may stand in the map: `tokens connect` brings its credential. */
function lacksOnlyCredential(path: string, entry: unknown): boolean {
  const { code, refreshToken } = heldCredentials(entry);
  return path.endsWith('.refresh_token') && code === null && refreshToken === null;
}

interface Holder {
  name: string;
  shard: string;
  client: string | null;
}

function holdersOf(maps: ReadonlyMap<string, VaultMap | null>): Map<string, Holder[]> {
  const holders = new Map<string, Holder[]>();
  for (const [shard, map] of maps) {
    for (const [name, entry] of map?.tenants ?? []) {
      for (const print of printsOf(entry))
        holders.set(print, [
          ...(holders.get(print) ?? []),
          { name, shard, client: clientOf(name, map) },
        ]);
    }
  }
  return holders;
}

function clientOf(name: string, map: VaultMap | null): string | null {
  const resolved = map && resolveTenant(name, map);
  return resolved && isTenant(resolved) ? (resolved satisfies Tenant).client : null;
}

function printsOf(entry: unknown): string[] {
  const { code, refreshToken } = heldCredentials(entry);
  return [code, refreshToken].filter((value) => value !== null).map(fingerprint);
}

function mergeMaps(map: VaultMap, { apps, tenants }: Newcomers): VaultMap {
  for (const [name, app] of apps) {
    if (!isName(name))
      throw new CommandError(
        `The name of an app is not allowed: 1 to 64 letters, digits, ".", "_" or "-".`,
      );
    if (map.apps.has(name) && !sameFields(map.apps.get(name), app))
      throw new CommandError(
        `App ${name} exists already, with other fields: rename it in the file, or make both the same. Nothing was added.`,
      );
  }
  return {
    ...map,
    apps: new Map([...map.apps, ...apps]),
    tenants: new Map([...tenants, ...map.tenants]),
  };
}

function sameFields(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown) =>
    JSON.stringify(Object.entries(value ?? {}).sort(([one], [other]) => (one < other ? -1 : 1)));
  return sorted(a) === sorted(b);
}

/**
 * The map's text with the newcomers in it, every other byte as it was. Throws CommandError where a
 * name has come to stand there meanwhile.
 */
export function insertNewcomers(text: string, map: VaultMap, newcomers: Newcomers): string {
  const taken = [...newcomers.tenants.keys()].filter((name) => map.tenants.has(name));
  if (taken.length > 0)
    throw new CommandError(`Somebody else has just added ${taken.join(', ')}: nothing was added.`);
  const apps = new Map([...newcomers.apps].filter(([name]) => !map.apps.has(name)));
  return putEntries(
    putEntries(text, 'apps', entryTexts(text, apps)),
    'tenants',
    entryTexts(text, newcomers.tenants),
  );
}

/** A map of several lines gets entries of several lines, indented as they will stand. */
function entryTexts(map: string, entries: ReadonlyMap<string, Entry>): Map<string, string> {
  const write = (entry: Entry) =>
    map.includes('\n')
      ? JSON.stringify(entry, null, 2).replaceAll('\n', '\n    ')
      : JSON.stringify(entry);
  return new Map([...entries].map(([name, entry]) => [name, write(entry)]));
}
