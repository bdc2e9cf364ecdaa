import { describe, expect, it } from 'vitest';
import { planFleet } from '../../../bin/plan/plan-fleet.ts';
import type { PlannedRhythm, PlannedTenant } from '../../../bin/plan/planned-tenant.ts';
import { runsAMonth } from '../../../bin/plan/rhythm.ts';
import { plannedFleet } from '../../fakes/planned-fleet.ts';

const NOW = new Date('2026-11-25T00:00:00.000Z');
const DAY_MS = 86_400_000;
const weekly: PlannedRhythm = {
  expression: 'cron(17 5 ? * SUN *)',
  timeZone: 'UTC',
  keepFresh: false,
  memoryMb: 512,
};

const plan = (fleet: PlannedTenant[], rhythm: Partial<PlannedRhythm> = {}) =>
  planFleet(fleet, { ...weekly, ...rhythm }, NOW);

describe(planFleet.name, () => {
  it('says that a shard must be split before its secrets are full', () => {
    const small = plan(plannedFleet(10));
    expect(small.shards).toMatchObject([{ shard: 'default', tenants: 10, split: false }]);
    expect(small.shards[0]?.room).toBe(48);
    expect(small.shards_needed).toBe(1);
    const large = plan(plannedFleet(70));
    expect(large.shards[0]).toMatchObject({ split: true, room: 0 });
    expect(large.shards_needed).toBe(2);
  });

  it('costs more with fresh tokens than with a weekly run, and parts add up', () => {
    const cheap = plan(plannedFleet(40)).dollars_a_month;
    const fresh = plan(plannedFleet(40), { keepFresh: true }).dollars_a_month;
    expect(fresh.total).toBeGreaterThan(cheap.total);
    const { total, ...parts } = cheap;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(total, 10);
  });

  it('finds how long a run takes by its slowest client', () => {
    const paced = plannedFleet(100, { client: 'slow', minIntervalMs: 2_000 });
    const { clients, run_seconds } = plan([...paced, ...plannedFleet(8)]);
    expect(clients).toMatchObject([
      { client: 'slow', seconds: 200 },
      { client: 'lwa', seconds: 1 },
    ]);
    expect(run_seconds).toBe(203);
  });

  it('shows how much of each limit is used, the fullest first', () => {
    const { limits } = plan(plannedFleet(600, { client: 'slow', minIntervalMs: 2_000 }));
    expect(limits[0]).toMatchObject({ limit: 'bytes of the fullest secret' });
    expect(limits.find(({ limit }) => limit === 'seconds of a run')?.share).toBeGreaterThan(1);
    const fresh = plan(plannedFleet(40), { keepFresh: true }).limits;
    expect(fresh.find(({ limit }) => limit.startsWith('versions'))).toMatchObject({ uses: 49 });
  });

  it('names the tenants that the schedule lets die', () => {
    const fleet = [
      ...plannedFleet(1, { lifeMs: 6 * DAY_MS }),
      ...plannedFleet(1, { lifeMs: 60 * DAY_MS }),
    ];
    expect(plan(fleet).not_kept_alive).toEqual([{ tenant: 't0', every_days: 3 }]);
    expect(plan(fleet, { expression: 'rate(1 day)' }).not_kept_alive).toEqual([]);
    expect(plan(fleet, { keepFresh: true }).not_kept_alive).toEqual([]);
    const never = plan([...fleet].reverse(), { expression: null }).not_kept_alive;
    expect(never.map(({ every_days }) => every_days)).toEqual([3, 30]);
  });

  it('names tenants that hold the same credential', () => {
    const fleet = plannedFleet(3, { credential: 'lwa 1f' });
    expect(plan([...fleet, ...plannedFleet(2)]).duplicates).toEqual([['t0', 't1', 't2']]);
  });

  it('plans a fleet without tenants', () => {
    expect(plan([])).toMatchObject({ tenants: 0, shards: [], shards_needed: 1, duplicates: [] });
  });
});

describe(runsAMonth.name, () => {
  it.each<[string | null, number]>([
    ['rate(1 day)', 30.4],
    ['rate(30 minutes)', 1461],
    ['cron(17 5 ? * SUN *)', 4.35],
    ['cron(0 6 1 * ? *)', 1],
    [null, 0],
  ])('counts the runs of %s', (expression, expected) => {
    const runs = runsAMonth({ ...weekly, expression }, NOW);
    expect(runs).toBeGreaterThanOrEqual(expected * 0.98);
    expect(runs).toBeLessThanOrEqual(expected * 1.02);
  });
});
