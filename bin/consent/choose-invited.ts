import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import { isMeant, type TenantFilter, traitsOf } from '../../lambda/map/tenant-filter.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { type Fleet, shardsOf } from '../../lambda/run/fleet.ts';
import { unknownInFleet } from '../map/find-tenant.ts';
import { statusOfShard } from '../status/fleet-status.ts';
import type { Invited } from './invite-tenant.ts';

/** Returns the named tenants. Throws CommandError for names that no shard holds. */
export function namedTenants(fleet: Fleet, names: readonly string[]): Invited[] {
  const unknown = names.filter((name) => shardsOf(fleet, name).length === 0);
  if (unknown.length > 0) {
    throw unknownInFleet(unknown, fleet);
  }
  return names.flatMap((name) => {
    const shard = shardsOf(fleet, name)[0];
    const map = shard === undefined ? undefined : fleet.maps.get(shard);
    return shard !== undefined && map ? [{ name, shard, map }] : [];
  });
}

/** Returns the tenants that a filter means and that wait for their owner's consent. */
export async function tenantsToInvite(
  ports: Pick<RunPorts, 'states' | 'clock'>,
  fleet: Fleet,
  filter: TenantFilter,
): Promise<Invited[]> {
  const chosen: Invited[] = [];
  for (const [shard, map] of fleet.maps) {
    if (map) {
      chosen.push(...(await needyTenants(ports, shard, map, filter)));
    }
  }
  return chosen.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

async function needyTenants(
  { states, clock }: Pick<RunPorts, 'states' | 'clock'>,
  shard: string,
  map: VaultMap,
  filter: TenantFilter,
): Promise<Invited[]> {
  const state = await readShardState({ states }, shard);
  return statusOfShard(shard, map, state, clock.now())
    .filter(({ state: found }) => found === 'needs_authorization')
    .filter(({ tenant }) => isMeant(filter, traitsOf(tenant, map)))
    .map(({ tenant }) => ({
      name: tenant,
      shard,
      map,
    }));
}
