import { groupBy } from '../group-by.ts';
import type { End, EndKind } from './ends.ts';

/** A tenant with what of it ends. */
export interface EndingTenant {
  tenant: string;
  provider: string | null;
  app: string | null;
  /** The title of its platform, and of itself. */
  platform: string;
  title: string | null;
  ends: readonly End[];
}

/** Describes what ends on one day, for one tenant or for all tenants of an app. */
export interface CalendarEntry {
  kind: EndKind;
  at: string;
  told: boolean;
  /** A renewal moves it on. */
  sliding: boolean;
  provider: string | null;
  app: string | null;
  platform: string;
  /** More than one where the secret of their app ends. */
  tenants: string[];
}

/** Returns everything that ends up to `until`, the nearest first. */
export function calendarOf(fleet: readonly EndingTenant[], until: number): CalendarEntry[] {
  const ends = fleet.flatMap(({ ends: own, title: _, tenant, ...about }) =>
    own.map((end) => ({
      ...about,
      ...end,
      tenants: [tenant],
    })),
  );
  const near = ends.filter(({ at }) => Date.parse(at) <= until);
  const groups = groupBy(near, groupOf);
  return [...groups.values()]
    .flatMap(mergeTenants)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** An app's secret is one thing. All else ends for each tenant alone. */
function groupOf({ kind, app, at, tenants }: CalendarEntry): string {
  const shared = kind === 'client_secret' && app !== null;
  return shared ? `app ${app} ${at}` : `tenant ${tenants[0]} ${kind} ${at}`;
}

function mergeTenants(group: readonly CalendarEntry[]): CalendarEntry[] {
  const [first] = group;
  if (!first) {
    return [];
  }
  return [{ ...first, tenants: group.flatMap(({ tenants }) => tenants).sort() }];
}
