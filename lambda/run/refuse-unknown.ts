import type { RunRequest } from '../event.ts';
import { traitsOf } from '../map/tenant-filter.ts';
import type { VaultMap } from '../map/vault-map.ts';
import { DEFAULT_SHARD } from '../names.ts';
import type { Secrets } from '../ports.ts';
import { providers } from '../providers/registry.ts';
import { type Fleet, shardsOf } from './fleet.ts';
import { RunError } from './run-error.ts';

/** Throws RunError for a request that names a shard, a filter or a tenant that is not there. */
export function refuseUnknown(
  vault: Pick<Secrets, 'label'>,
  fleet: Fleet,
  request: RunRequest,
): void {
  if (fleet.shards.length === 0) {
    const secret = vault.label(request.shard ?? DEFAULT_SHARD);
    throw new RunError(`There is no secret ${secret}. Nothing was rotated.`);
  }
  refuseUnknownFilter(fleet, request);
  refuseUnknownTenants(fleet, request);
}

type FilterKind = 'provider' | 'app' | 'tag';

/**
 * A mistyped filter means nobody. That is an error, unless a shard that could not be read knows it.
 */
function refuseUnknownFilter(fleet: Fleet, request: RunRequest): void {
  const kinds: readonly FilterKind[] = ['provider', 'app', 'tag'];
  if (kinds.every((kind) => request[kind] === null)) {
    return;
  }
  const maps = [...fleet.maps.values()];
  const readMaps = maps.filter((map) => map !== null);
  if (readMaps.length < maps.length) {
    return;
  }
  const known = knownFilters(readMaps);
  for (const kind of kinds) {
    const asked = request[kind];
    if (asked === null || known[kind].has(asked)) {
      continue;
    }
    const fault = kind === 'tag' ? 'No tenant has this tag.' : `There is no ${kind} ${asked}.`;
    throw new RunError(`${fault} Nothing was rotated.`);
  }
}

/** Returns what a filter may name, by its kind. */
function knownFilters(maps: readonly VaultMap[]): Record<FilterKind, ReadonlySet<string | null>> {
  const apps = maps.flatMap((map) => [...map.apps.keys()]);
  const defined = maps.flatMap((map) => [...map.definitions.keys()]);
  const traits = maps.flatMap((map) => [...map.tenants.keys()].map((name) => traitsOf(name, map)));
  const used = traits.map(({ provider }) => provider);
  return {
    provider: new Set([...providers.keys(), ...defined, ...used]),
    app: new Set(apps),
    tag: new Set(traits.flatMap(({ tags }) => tags)),
  };
}

function refuseUnknownTenants(fleet: Fleet, { tenants, shard }: RunRequest): void {
  if (tenants === null) {
    return;
  }
  const unknown = tenants.filter((tenant) => shardsOf(fleet, tenant).length === 0);
  if (unknown.length === 0) {
    return;
  }
  const unread = fleet.shards.filter((one) => fleet.maps.get(one) === null);
  const within = shard === null ? '' : ` in shard ${shard}`;
  const where = unread.length > 0 ? `; what could not be read: shard ${unread.join(', ')}` : '';
  const names = unknown.join(', ');
  throw new RunError(`There is no tenant ${names}${within}${where}. Nothing was rotated.`);
}
