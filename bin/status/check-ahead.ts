import type { FleetTenant } from '../../lambda/ahead/fleet-tenant.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { driftText } from '../../lambda/report/drift-text.ts';
import { readFleetTenants } from '../../lambda/run/read-fleet-tenants.ts';
import type { Home } from '../homes/home.ts';
import type { Check } from './check.ts';
import { notKeptAlive } from './not-kept-alive.ts';
import { readObserved } from './read-observed.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 30 * DAY_MS;
/** A change of a platform is news for so long. */
const NEWS_MS = 90 * DAY_MS;

/**
 * Looks at what is known ahead: tenants that the schedule lets die, ends within 30 days, platforms
 * that changed within 90. Throws StoreError and VaultMapError.
 */
export async function checkAhead(home: Home, now: Date): Promise<Check[]> {
  const fleet = await readFleetTenants(home.ports, undefined);
  return [
    ...checkSchedule(fleet, home, now),
    ...checkEnds(fleet, now),
    ...(await checkPlatforms(home.ports, now)),
  ];
}

function checkSchedule(fleet: readonly FleetTenant[], home: Home, now: Date): Check[] {
  return notKeptAlive(fleet, home, now).map(({ why, tenants }) => ({
    check: 'schedule',
    result: 'warning',
    detail: `${namesOf(tenants)}: ${why}`,
    next_step: null,
  }));
}

function namesOf(tenants: readonly string[]): string {
  const more = tenants.length - 5;
  return tenants.slice(0, 5).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function checkEnds(fleet: readonly FleetTenant[], now: Date): Check[] {
  const soon = fleet.filter(({ ends, marks, entry }) => {
    const isRenewed = entry.enabled && marks.error === null;
    const fixed = ends.filter(({ sliding }) => !(sliding && isRenewed));
    return fixed.some(({ at }) => Date.parse(at) - now.getTime() < SOON_MS);
  });
  if (soon.length === 0) {
    return [];
  }
  return [
    {
      check: 'ends',
      result: 'warning',
      detail: `Something ends within 30 days: ${namesOf(soon.map(({ tenant }) => tenant))}`,
      next_step: 'See: tokens calendar --within 30d',
    },
  ];
}

async function checkPlatforms(ports: RunPorts, now: Date): Promise<Check[]> {
  const grants = await readObserved(ports, null);
  return grants.flatMap(({ provider, grant_type, aspects }) =>
    aspects.flatMap(({ aspect, value, runs, of, changed }) => {
      const isNews = changed !== null && now.getTime() - Date.parse(changed.since) < NEWS_MS;
      if (!isNews || value === null) {
        return [];
      }
      const { was, since } = changed;
      const drift = {
        provider,
        grant_type,
        aspect,
        was,
        is: value,
        since,
        answers: runs,
        of,
      };
      return [toCheck(provider, driftText(drift, 'runs'))];
    }),
  );
}

function toCheck(provider: string, text: string): Check {
  const next_step = `See: tokens provider observed ${provider}`;
  return {
    check: 'platforms',
    result: 'warning',
    detail: `${provider} ${text}`,
    next_step,
  };
}
