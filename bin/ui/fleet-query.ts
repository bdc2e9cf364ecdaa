import { type FleetTenant, KIND_RANK } from './fleet-snapshot.ts';

/** Describes what the fleet's page is asked to show, from its address. */
export interface FleetQuery {
  /** Part of a name or a title. */
  text: string;
  state: string;
  provider: string;
  tag: string;
  sort: SortKey;
  page: number;
}

type SortKey = keyof typeof ORDERS;

/** The tenants of one page. */
export interface FleetSlice {
  rows: FleetTenant[];
  total: number;
  page: number;
  pages: number;
}

const ROWS_A_PAGE = 100;
const FAR = '9999';

/** Tenants come sorted by name, and equal ones stay so. */
const ORDERS = {
  name: () => 0,
  state: (a: FleetTenant, b: FleetTenant) => KIND_RANK[a.kind] - KIND_RANK[b.kind],
  ends: (a: FleetTenant, b: FleetTenant) => compare(a.expires_at ?? FAR, b.expires_at ?? FAR),
  rotated: (a: FleetTenant, b: FleetTenant) => compare(a.rotated_at ?? '', b.rotated_at ?? ''),
};

/** Reads an address. What it does not say, or says wrongly, has its usual value. */
export function parseFleetQuery(parameters: URLSearchParams): FleetQuery {
  const text = (name: string) => (parameters.get(name) ?? '').slice(0, 100);
  const sort = text('sort');
  const page = Number(parameters.get('page'));
  return {
    text: text('q').trim(),
    state: text('state'),
    provider: text('provider'),
    tag: text('tag'),
    sort: Object.hasOwn(ORDERS, sort) ? (sort as SortKey) : 'state',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** Returns the address of the fleet's page for a query, with some of it changed. */
export function fleetAddress(query: FleetQuery, change: Partial<FleetQuery> = {}): string {
  const { text, state, provider, tag, sort, page } = { ...query, ...change };
  const all = {
    q: text,
    state,
    provider,
    tag,
    sort,
    page: page === 1 ? '' : String(page),
  };
  const said = Object.entries(all).filter(([, value]) => value !== '');
  return `/?${new URLSearchParams(said)}`;
}

/** Chooses, sorts and cuts tenants for one page. They are sorted by name already. */
export function selectTenants(tenants: readonly FleetTenant[], query: FleetQuery): FleetSlice {
  const wanted = query.text.toLowerCase();
  const chosen = tenants
    .filter(({ state }) => query.state === '' || state === query.state)
    .filter(({ provider }) => query.provider === '' || provider === query.provider)
    .filter(({ tags }) => query.tag === '' || tags.includes(query.tag))
    .filter(({ searched }) => searched.includes(wanted))
    .sort(ORDERS[query.sort]);
  const pages = Math.max(1, Math.ceil(chosen.length / ROWS_A_PAGE));
  const page = Math.min(query.page, pages);
  const rows = chosen.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
  return {
    rows,
    total: chosen.length,
    page,
    pages,
  };
}

function compare(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
