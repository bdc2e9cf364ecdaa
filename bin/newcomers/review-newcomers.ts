import type { Rhythm } from '../../lambda/ahead/too-seldom.ts';
import { renewedAt, whyNotKept } from '../../lambda/ahead/why-not-kept.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { groupBy } from '../../lambda/group-by.ts';
import type { InvalidTenant, Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { heldCredentials, parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import { isName, NAME_RULE } from '../../lambda/names.ts';
import { isStatic } from '../../lambda/providers/request-fields.ts';
import { isAllowedUrl, type UrlPolicy } from '../../lambda/providers/url-policy.ts';
import type { Fleet } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';
import type { Newcomers } from '../sources/tenant-source.ts';
import { asConnected } from './as-connected.ts';

/** One newcomer as it would be added. */
export interface Prospect {
  tenant: string;
  provider: string | null;
  /** How it gets its first token; null while it holds no credential, `none` where it needs none. */
  grant: string | null;
  /** The reason why it cannot be added, with names and paths, never a value. */
  problem?: string;
  /** It may be added, but a person should know. */
  warning?: string;
}

/** Where newcomers are to be added. */
export interface Destination {
  fleet: Fleet;
  shard: string;
  policy: UrlPolicy;
  /** How often they will be renewed. */
  rhythm: Rhythm;
}

/**
 * Looks at tenants that are to be added to a shard, beside all that the fleet holds. Finds names
 * that exist, entries that are wrong or can never work, and credentials that others hold. Throws
 * CommandError if a shard cannot be read, since it may hold a duplicate, and if the shard has an
 * app of the same name with other fields.
 */
export function reviewNewcomers(destination: Destination, newcomers: Newcomers): Prospect[] {
  const { fleet, shard } = destination;
  const unread = fleet.shards.filter((name) => fleet.maps.get(name) === null);
  if (unread.length > 0) {
    throw new CommandError(
      `Shard ${unread.join(', ')} cannot be read, and may hold the same tenants. ` +
        'Nothing was added.',
    );
  }
  const merged = mergeMaps(fleet.maps.get(shard) ?? parseVaultMap(null), newcomers);
  const maps = new Map([...fleet.maps, [shard, merged]]);
  const holders = holdersOf(maps);
  const names = groupBy(
    [...maps.values()].flatMap((map) => [...(map?.tenants.keys() ?? [])]),
    (name) => name.toLowerCase(),
  );
  return [...newcomers.tenants.keys()].map((name) =>
    review(name, {
      ...destination,
      merged,
      holders,
      names,
    }),
  );
}

interface Surroundings extends Destination {
  merged: VaultMap;
  holders: ReadonlyMap<string, readonly Holder[]>;
  /** Of all tenants, by what they are in small letters. Some disks take these for one. */
  names: ReadonlyMap<string, readonly string[]>;
}

function review(name: string, around: Surroundings): Prospect {
  const resolved = resolveTenant(name, around.merged);
  const provider = isTenant(resolved) ? resolved.provider.id : resolved.provider;
  const about = {
    tenant: name,
    provider,
    grant: grantOf(resolved),
  };
  const fault = existing(name, around) ?? wrongEntry(name, resolved, around);
  const problem = fault ?? neverWorks(name, around);
  if (problem !== null) {
    return { ...about, problem };
  }
  const twins = twinsOf(name, resolved, around);
  if (twins?.mayShare) {
    return { ...about, warning: `${twins.text}: they will share one exchange` };
  }
  if (twins) {
    return { ...about, problem: twins.text };
  }
  const seldom = isTenant(resolved) ? notKept(resolved, around) : null;
  return seldom === null ? about : { ...about, warning: seldom };
}

function notKept(tenant: Tenant, { rhythm }: Surroundings): string | null {
  const now = new Date();
  return whyNotKept(tenant, renewedAt(tenant, now), { rhythm, now });
}

/**
 * A tenant that only habit lets ask as the client itself has no credential. It is new, as is one
 * whose token nothing renews.
 */
function grantOf(resolved: Tenant | InvalidTenant): string | null {
  if (!isTenant(resolved)) {
    return null;
  }
  if (isStatic(resolved.provider)) {
    return 'none';
  }
  const isNew = resolved.grant_chosen_by === 'habit' || resolved.grant_chosen_by === 'none';
  return isNew ? null : resolved.grant;
}

function existing(name: string, { fleet, shard, names }: Surroundings): string | null {
  if (!isName(name)) {
    return `its ${NAME_RULE}`;
  }
  const place = [...fleet.maps].find(([, map]) => map?.tenants.has(name))?.[0];
  if (place !== undefined) {
    return `it exists already${place === shard ? '' : `, in shard ${place}`}`;
  }
  const other = names.get(name.toLowerCase())?.find((one) => one !== name);
  return other === undefined ? null : `its name differs from ${other} only in case`;
}

function wrongEntry(
  name: string,
  resolved: Tenant | InvalidTenant,
  { merged }: Surroundings,
): string | null {
  if (isTenant(resolved) || lacksOnlyCredential(resolved, merged.tenants.get(name))) {
    return null;
  }
  return `${resolved.path} is wrong: ${resolved.message.replace(/^.*?: /, '').replace(/\.$/, '')}`;
}

/** Such a tenant may be in the map. `tokens connect` brings its credential. */
function lacksOnlyCredential({ path }: InvalidTenant, entry: unknown): boolean {
  const { code, refreshToken } = heldCredentials(entry);
  return path.endsWith('.refresh_token') && code === null && refreshToken === null;
}

const MUST_BE_HTTPS =
  'must be an https URL of a named host: on the way to anything else others can read the tokens';

/** Finds an entry that is right by its form, and that no run and no consent could ever use. */
function neverWorks(name: string, { merged, policy }: Surroundings): string | null {
  const now = resolveTenant(name, merged);
  const grant = grantOf(now);
  const tenant = isTenant(now) && grant !== null ? now : asConnected(name, merged);
  if (!isTenant(tenant)) {
    return `${tenant.path} is wrong: ${tenant.message.replace(/^.*?: /, '')}`;
  }
  if (!isAllowedUrl(tenant.token_url, policy)) {
    return `its token_url ${MUST_BE_HTTPS}`;
  }
  const page = tenant.fields.get('authorize_url');
  if (page !== undefined && !isAllowedUrl(page, policy)) {
    return `its authorize_url ${MUST_BE_HTTPS}`;
  }
  if (grant !== null) {
    return null;
  }
  const { authorize, title } = tenant.provider;
  if (!authorize) {
    return `it holds no credential, and ${title} has no consent page to get one`;
  }
  return page === undefined && authorize.url === null
    ? `it holds no credential, and the consent page of ${title} is not known. ${ADD_PAGE}`
    : null;
}

const ADD_PAGE = 'Add authorize_url, or a refresh token or code';

interface Holder {
  name: string;
  shard: string;
  client: string | null;
}

/**
 * Returns the others that hold a credential of a newcomer, and says if one exchange may serve them
 * all.
 */
function twinsOf(
  name: string,
  resolved: Tenant | InvalidTenant,
  { merged, holders, shard }: Surroundings,
): { text: string; mayShare: boolean } | null {
  const others = printsOf(merged.tenants.get(name)).flatMap((print) =>
    (holders.get(print) ?? []).filter((holder) => holder.name !== name),
  );
  if (others.length === 0) {
    return null;
  }
  const labels = others.map((holder) =>
    holder.shard === shard ? holder.name : `${holder.name} (shard ${holder.shard})`,
  );
  const client = isTenant(resolved) ? resolved.client : undefined;
  return {
    text: `it holds the same credential as ${[...new Set(labels)].join(', ')}`,
    mayShare: others.every((holder) => holder.shard === shard && holder.client === client),
  };
}

function holdersOf(maps: ReadonlyMap<string, VaultMap | null>): Map<string, Holder[]> {
  const holders = new Map<string, Holder[]>();
  for (const [shard, map] of maps) {
    if (!map) {
      continue;
    }
    for (const [name, entry] of map.tenants) {
      const holder = { name, shard, client: clientOf(name, map) };
      for (const print of printsOf(entry)) {
        const known = holders.get(print) ?? [];
        holders.set(print, [...known, holder]);
      }
    }
  }
  return holders;
}

function clientOf(name: string, map: VaultMap): string | null {
  const resolved = resolveTenant(name, map);
  return isTenant(resolved) ? resolved.client : null;
}

function printsOf(entry: unknown): string[] {
  const { code, refreshToken } = heldCredentials(entry);
  return [code, refreshToken].filter((value) => value !== null).map(fingerprint);
}

function mergeMaps(map: VaultMap, { apps, tenants }: Newcomers): VaultMap {
  for (const [name, app] of apps) {
    if (!isName(name)) {
      throw new CommandError(`An app's ${NAME_RULE}.`);
    }
    if (map.apps.has(name) && !sameFields(map.apps.get(name), app)) {
      throw new CommandError(`App ${name} exists already, with other fields. Nothing was added.`, {
        nextStep: 'Rename the app in the file, or make both the same.',
      });
    }
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
