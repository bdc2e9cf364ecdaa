import { describe, expect, it } from 'vitest';
import { calendarOf, type EndingTenant } from '../../../lambda/ahead/calendar.ts';
import type { End } from '../../../lambda/ahead/ends.ts';

const at = (day: number) => `2026-12-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const secret = (day: number): End => ({
  kind: 'client_secret',
  at: at(day),
  sliding: false,
  told: true,
});
const consent = (day: number): End => ({ ...secret(day), kind: 'consent' });

function tenant(name: string, ends: End[], app: string | null = 'lwa'): EndingTenant {
  const about = { provider: 'amazon-ads', platform: 'Amazon Ads', title: null };
  return { ...about, tenant: name, app, ends };
}

describe(calendarOf.name, () => {
  it('shows what ends, the nearest first', () => {
    const fleet = [tenant('a', [consent(20)]), tenant('b', [consent(3)])];
    expect(calendarOf(fleet, Infinity).map(({ tenants }) => tenants)).toEqual([['b'], ['a']]);
  });

  it('shows the secret of an app once for all of its tenants', () => {
    const fleet = [tenant('b', [secret(5)]), tenant('a', [secret(5), consent(5)])];
    expect(calendarOf(fleet, Infinity)).toMatchObject([
      { kind: 'client_secret', app: 'lwa', tenants: ['a', 'b'] },
      { kind: 'consent', tenants: ['a'] },
    ]);
  });

  it('shows the secrets of tenants without an app each', () => {
    const fleet = ['a', 'b'].map((name) => tenant(name, [secret(5)], null));
    expect(calendarOf(fleet, Infinity)).toHaveLength(2);
  });

  it('leaves out what ends later than asked for', () => {
    const fleet = [tenant('a', [consent(3), secret(20)])];
    expect(calendarOf(fleet, Date.parse(at(10)))).toMatchObject([{ kind: 'consent' }]);
  });
});
