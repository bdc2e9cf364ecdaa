import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../bin/ui/fleet-figures.ts';
import type { FleetTenant } from '../../../bin/ui/fleet-snapshot.ts';
import { fleetTenant as tenant } from '../../fakes/fleet-tenant.ts';

const NOW = Date.parse('2026-11-22T00:00:00.000Z');
const inHours = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();

const figures = (tenants: FleetTenant[]) =>
  figuresOf({ at: NOW, tenants, shards: [], explained: [] });

describe(figuresOf.name, () => {
  it('counts what needs somebody first', () => {
    const fleet = [
      tenant('a'),
      tenant('b'),
      tenant('c', { state: 'new', kind: 'waiting' }),
      tenant('d', { state: 'needs_authorization', kind: 'bad' }),
      tenant('e', { state: 'disabled', kind: 'off' }),
    ];
    const counted = figures(fleet).states.map(({ state, count }) => [state, count]);
    expect(counted).toEqual([
      ['needs_authorization', 1],
      ['new', 1],
      ['ok', 2],
      ['disabled', 1],
    ]);
  });

  it('groups tenants that wait for the same thing, and names the first of them', () => {
    const waiting = ['a', 'b', 'c', 'd'].map((name) =>
      tenant(name, { state: 'new', kind: 'waiting', next_step: `Get it: tokens rotate ${name}` }),
    );
    const alone = tenant('acme', { state: 'expired', kind: 'waiting', next_step: 'Do: acme' });
    const [first, second] = figures([...waiting, alone]).toDo;
    expect(first).toMatchObject({
      count: 4,
      names: ['a', 'b', 'c'],
      next_step: 'Get it: tokens rotate NAME',
    });
    expect(second).toMatchObject({ count: 1, next_step: 'Do: acme' });
  });

  it('counts each access token once, by the nearest time that it ends within', () => {
    const ends = [-1, 0.5, 1, 5, 23, 24 * 6, 24 * 29, 24 * 99];
    const fleet = ends.map((hours, index) => tenant(`t${index}`, { expires_at: inHours(hours) }));
    const off = tenant('off', { kind: 'off', state: 'disabled', expires_at: inHours(1) });
    const counted = figures([...fleet, off]).ends.map(({ label, count }) => [label, count]);
    expect(counted).toEqual([
      ['ended', 1],
      ['1 h', 2],
      ['6 h', 1],
      ['1 day', 1],
      ['7 days', 1],
      ['30 days', 1],
      ['later', 1],
    ]);
  });

  it('lists the nearest ends that no run renews, and none that is far', () => {
    const end = (days: number) =>
      ({ kind: 'consent', at: inHours(24 * days), sliding: false, told: true }) as const;
    const fleet = [40, 3, 200, 7, 1, 2, 5].map((days) => tenant(`d${days}`, { end: end(days) }));
    const paused = tenant('paused', { kind: 'off', end: end(1) });
    const named = figures([...fleet, paused]).nextEnds.map(({ tenant: name }) => name);
    expect(named).toEqual(['d1', 'd2', 'd3', 'd5', 'd7']);
  });
});
