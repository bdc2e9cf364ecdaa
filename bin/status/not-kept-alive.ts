import type { FleetTenant } from '../../lambda/ahead/fleet-tenant.ts';
import { whyNotKept } from '../../lambda/ahead/why-not-kept.ts';
import { groupBy } from '../../lambda/group-by.ts';
import { isTenant } from '../../lambda/map/tenant-entry.ts';
import type { Home } from '../homes/home.ts';
import { rhythmOf } from './home-rhythm.ts';

/** Tenants that the schedule of a home lets die, and the setting that would keep them. */
export interface NotKept {
  why: string;
  tenants: string[];
}

/** Returns the tenants that the schedule cannot keep alive, grouped by what would. */
export function notKeptAlive(
  fleet: readonly FleetTenant[],
  home: Pick<Home, 'rhythm'>,
  now: Date,
): NotKept[] {
  const rhythm = rhythmOf(home, now);
  const dying = fleet.flatMap(({ tenant, entry, marks }) => {
    const why = isTenant(entry) ? whyNotKept(entry, marks, { rhythm, now }) : null;
    return why === null ? [] : [{ tenant, why }];
  });
  return [...groupBy(dying, ({ why }) => why)].map(([why, group]) => ({
    why,
    tenants: group.map(({ tenant }) => tenant),
  }));
}
