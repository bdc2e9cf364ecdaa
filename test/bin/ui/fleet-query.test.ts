import { describe, expect, it } from 'vitest';
import { fleetAddress, parseFleetQuery, selectTenants } from '../../../bin/ui/fleet-query.ts';
import type { FleetTenant } from '../../../bin/ui/fleet-snapshot.ts';
import { fleetTenant as tenant } from '../../fakes/fleet-tenant.ts';

function names(address: string, tenants: FleetTenant[]) {
  const query = parseFleetQuery(new URLSearchParams(address));
  return selectTenants(tenants, query).rows.map(({ tenant: name }) => name);
}

/** By name, as a snapshot has them. */
const fleet = [
  tenant('a2', { expires_at: '2026-01-01T00:00:00.000Z', searched: 'a2 acme ltd' }),
  tenant('a10', { expires_at: '2026-01-02T00:00:00.000Z', tags: ['eu'] }),
  tenant('b1', { state: 'needs_authorization', kind: 'bad', provider: 'google-ads' }),
];

describe(selectTenants.name, () => {
  it.each([
    ['', ['b1', 'a2', 'a10']],
    ['sort=name', ['a2', 'a10', 'b1']],
    ['sort=ends', ['a2', 'a10', 'b1']],
    ['q=ACME', ['a2']],
    ['tag=eu', ['a10']],
    ['provider=google-ads', ['b1']],
    ['state=ok&sort=name', ['a2', 'a10']],
    ['sort=constructor&page=-3', ['b1', 'a2', 'a10']],
    ['state=nothing', []],
  ])('answers "%s" with %j', (address, expected) =>
    expect(names(address, fleet)).toEqual(expected),
  );

  it('cuts ten thousand tenants into pages, and a page beyond the last is the last', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => tenant(`t${index}`));
    const query = parseFleetQuery(new URLSearchParams('sort=name&page=999'));
    const slice = selectTenants(many, query);
    expect([slice.rows.length, slice.page, slice.pages, slice.total]).toEqual([
      100, 100, 100, 10_000,
    ]);
    expect(slice.rows.at(-1)?.tenant).toBe('t9999');
  });
});

describe(fleetAddress.name, () => {
  it('says what differs from the usual, and is read back', () => {
    const query = parseFleetQuery(new URLSearchParams('q=a b&state=ok&page=2'));
    const address = fleetAddress(query, { page: 3 });
    expect(parseFleetQuery(new URLSearchParams(address.slice(2)))).toEqual({ ...query, page: 3 });
  });
});
