import { describe, expect, it } from 'vitest';
import { compare } from '../../../lambda/ahead/drift.ts';
import { observe, type SeenExchange } from '../../../lambda/ahead/observe.ts';
import type { ObservedGrant } from '../../../lambda/history/ahead-state.ts';
import type { Drift } from '../../../lambda/outcome.ts';
import { randomFrom } from '../../fakes/random.ts';

const WEEK = 7 * 86_400_000;
const steady: SeenExchange = {
  provider: 'pinterest',
  grant_type: 'refresh_token',
  status: 200,
  outcome: 'issued',
  oauth_error: null,
  refresh_token: 'repeats',
  access_life_s: 2_592_000,
  refresh_life_s: 5_184_000,
  latency_ms: 200,
  fields: ['access_token', 'expires_in', 'refresh_token'],
  headers: [],
};
const refused: SeenExchange = {
  ...steady,
  status: 400,
  outcome: 'needs_authorization',
  oauth_error: 'invalid_grant',
  refresh_token: null,
  access_life_s: null,
  refresh_life_s: null,
  fields: ['error'],
};

/** Lets a platform behave so in each of a row of weekly runs, and collects what is told. */
function toldOver(runs: readonly (readonly SeenExchange[])[]): (Drift & { run: number })[] {
  const memory = new Map<string, ObservedGrant>();
  return runs.flatMap((exchanges, run) =>
    [...observe(exchanges)].flatMap(([of, observation]) => {
      const at = new Date(Date.UTC(2026, 0, 4) + run * WEEK).toISOString();
      const { observed, drifts } = compare(memory.get(of), observation, { of, at });
      memory.set(of, observed);
      return drifts.map((drift) => ({ ...drift, run }));
    }),
  );
}

const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const weeks = (count: number, tenants: number, more: Partial<SeenExchange> = {}) =>
  times(count, times(tenants, { ...steady, ...more }));

describe('drift', () => {
  it('is nothing where a platform goes on as before', () => {
    expect(toldOver(weeks(52, 5))).toEqual([]);
  });

  it('is told by the first run with 20 answers', () => {
    expect(toldOver([...weeks(4, 212), ...weeks(2, 212, { refresh_token: 'changes' })])).toEqual([
      {
        provider: 'pinterest',
        grant_type: 'refresh_token',
        aspect: 'refresh_token',
        was: 'repeats',
        is: 'changes',
        since: '2026-02-01T00:00:00.000Z',
        answers: 212,
        of: 212,
        run: 4,
      },
    ]);
  });

  it('is told by the third run in a row where fewer answer', () => {
    const told = toldOver([...weeks(4, 3), ...weeks(5, 3, { refresh_token: 'changes' })]);
    expect(told).toMatchObject([{ run: 6, since: '2026-02-01T00:00:00.000Z', answers: 9 }]);
  });

  it('begins to count again after a run that shows the old again', () => {
    const changed = { refresh_token: 'changes' } as const;
    const back = [...weeks(2, 3, changed), ...weeks(1, 3), ...weeks(2, 3, changed)];
    expect(toldOver([...weeks(60, 3), ...back])).toEqual([]);
  });

  it.each<[string, Partial<SeenExchange>, Partial<Drift>]>([
    ['a shorter life', { access_life_s: 3600 }, { was: 2_600_000, is: 3600 }],
    ['a new field', { fields: [...steady.fields, 'scope'] }, { was: 'missing', is: 'there' }],
    ['a field that is gone', { fields: ['access_token'] }, { was: 'there', is: 'missing' }],
    ['a rate limit', { headers: ['ratelimit-remaining'] }, { was: 'missing', is: 'there' }],
    ['a token that no longer comes', { refresh_token: 'missing' }, { is: 'missing' }],
  ])('tells %s', (_, more, expected) => {
    const told = toldOver([...weeks(4, 25), ...weeks(2, 25, more)]);
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatchObject({ run: 4, ...expected });
  });

  it('tells slow answers only where three runs show them', () => {
    const slow = weeks(2, 40, { latency_ms: 9_000 });
    expect(toldOver([...weeks(4, 40), ...slow, ...weeks(4, 40)])).toEqual([]);
    expect(toldOver([...weeks(4, 40), ...slow, ...slow])).toMatchObject([{ run: 6 }]);
  });

  it('tells another form of a refusal, and not that tenants die', () => {
    const dying = times(6, [...times(5, steady), ...times(3, refused)]);
    expect(toldOver([...weeks(4, 8), ...dying])).toEqual([]);
    const other = { ...refused, status: 401, oauth_error: null };
    const changed = times(3, [...times(5, steady), ...times(3, other)]);
    expect(toldOver([...weeks(4, 8), ...dying, ...changed])).toMatchObject([
      { aspect: 'refusal:needs_authorization', was: '400 invalid_grant', is: '401 unlisted' },
    ]);
  });

  it('does not take an outage, a pause or a lost answer for a rule', () => {
    const away = { ...refused, status: 503, outcome: 'provider_unavailable' as const };
    const lost = { ...away, status: null, outcome: 'unknown_outcome' as const };
    const bad = times(5, [...times(30, away), ...times(30, lost)]);
    expect(toldOver([...weeks(4, 60), ...bad, ...weeks(4, 60)])).toEqual([]);
  });

  it.each([1, 2, 3, 4])(
    'says nothing in a year of noise, and a real switch in time (seed %i)',
    (seed) => {
      const below = randomFrom(seed);
      const random = () => below(1_000_000) / 1_000_000;
      const chance = (p: number) => random() < p;
      const noisy = (switched: boolean): SeenExchange => ({
        ...steady,
        refresh_token: chance(0.05) ? 'missing' : switched ? 'changes' : 'repeats',
        access_life_s: chance(0.05) ? 60 : Math.round(2_592_000 * (0.9 + 0.2 * random())),
        latency_ms: 100 + 900 * random() ** 3 * (chance(0.05) ? 20 : 1),
        fields: chance(0.05) ? ['access_token'] : steady.fields,
        headers: chance(0.1) ? ['x-ratelimit-remaining'] : [],
      });
      for (const tenants of [1, 4, 40]) {
        const run = (switched: boolean) => Array.from({ length: tenants }, () => noisy(switched));
        const year = Array.from({ length: 52 }, () => run(false));
        const told = toldOver([...year, ...Array.from({ length: 14 }, () => run(true))]);
        expect(told.map(({ aspect }) => aspect)).toEqual(['refresh_token']);
        expect(told[0]?.run).toBeLessThanOrEqual(tenants >= 20 ? 52 : 65);
      }
    },
  );

  it('stays small in the state', () => {
    const [exchanges = []] = weeks(1, 40);
    const [[of, run] = []] = observe(exchanges);
    if (of === undefined || !run) {
      throw new Error('Nothing was observed.');
    }
    const { observed } = compare(undefined, run, { of, at: '2026-01-04T00:00:00.000Z' });
    expect(JSON.stringify(observed).length).toBeLessThan(600);
  });
});
