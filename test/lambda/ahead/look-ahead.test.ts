import { describe, expect, it } from 'vitest';
import { type ClockFacts, endsOf } from '../../../lambda/ahead/ends.ts';
import { type AheadTenant, lookAhead, type Told } from '../../../lambda/ahead/look-ahead.ts';
import type { ToldEnds } from '../../../lambda/ahead/warnings.ts';
import type { Ending } from '../../../lambda/outcome.ts';
import { schemaFaults } from '../../fakes/event-schema.ts';
import { randomFrom } from '../../fakes/random.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const START = Date.UTC(2026, 0, 4);
const iso = (at: number) => new Date(at).toISOString();
const days = (count: number) => count * 86_400;

/** Kinds of platforms in the fleet, by how long what they issue lives. */
const LIVES: ClockFacts['lives'][] = [
  {},
  { refresh_expires: [{ after_s: days(365), slides: false }] },
  { refresh_expires: [{ after_s: days(60), slides: true }] },
  { idle_s: days(90) },
  { client_secret_s: days(180) },
];

interface Account {
  tenant: string;
  lives: ClockFacts['lives'];
  consentedAt: number;
  rotatedAt: number;
  secretAt: number;
  /** Weeks of the year in which its rotation fails. */
  fails: (week: number) => boolean;
  told: ToldEnds;
}

function openFleet(seed: number): Account[] {
  const below = randomFrom(seed);
  return Array.from({ length: 40 }, (_, n) => {
    const from = below(40);
    return {
      tenant: `t${n}`,
      lives: LIVES[n % LIVES.length] ?? {},
      consentedAt: START - below(360) * DAY,
      rotatedAt: START,
      secretAt: START - below(170) * DAY,
      // Every fifth account stops working for good in some week.
      fails: (week) => n % 5 === 2 && week >= from,
      told: {},
    };
  });
}

function endsOfAccount({ lives, consentedAt, rotatedAt, secretAt }: Account) {
  return endsOf({
    lives,
    spends: true,
    consented_at: iso(consentedAt),
    rotated_at: iso(rotatedAt),
    expires_at: iso(rotatedAt + DAY / 24),
    access_token: 'renewed',
    refresh_expires_at: null,
    secret_created_at: iso(secretAt),
    secret_expires_at: null,
  });
}

function toAhead(account: Account): AheadTenant {
  const { tenant, rotatedAt, told } = account;
  const about = { tenant, shard: 'default', provider: 'p', app: null };
  return {
    about: { ...about, title: null, owner: null, contact: null, tags: [] },
    error: null,
    consentedAt: null,
    told: { failing: null, consent: null },
    isCommitted: true,
    consentKey: null,
    exchangeKey: null,
    ends: endsOfAccount(account),
    rotatedAt: iso(rotatedAt),
    toldEnds: told,
  };
}

function runWeek(fleet: readonly Account[], week: number): Told {
  const now = START + week * WEEK;
  for (const account of fleet) {
    if (!account.fails(week)) {
      account.rotatedAt = now;
    }
  }
  const told = lookAhead({
    runId: `run-${week}`,
    reportKey: `runs/${week}.json`,
    now,
    hasBus: true,
    tenants: fleet.map(toAhead),
    exchanges: [],
    observed: {},
  });
  for (const account of fleet) {
    account.told = (told.told.get(account.tenant)?.ends ?? {}) as ToldEnds;
  }
  return told;
}

describe('a year of 40 tenants', () => {
  it.each([1, 2, 3])('warns of every end in time, and of none twice (seed %i)', (seed) => {
    const fleet = openFleet(seed);
    const warned: (Ending & { week: number })[] = [];
    let ended = 0;
    for (let week = 0; week < 53; week++) {
      const { endings, events } = runWeek(fleet, week);
      expect(events.flatMap(schemaFaults)).toEqual([]);
      warned.push(...endings.map((ending) => ({ ...ending, week })));
      ended += expectEndsWereTold(fleet, warned, week);
    }
    const keys = warned.map(({ tenant, kind, ends_at, threshold_days }) =>
      [tenant, kind, ends_at, threshold_days].join('/'),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(ended).toBeGreaterThan(10);
    // What was renewed each week is never told.
    const renewed = fleet.filter(({ fails }) => !fails(52)).map(({ tenant }) => tenant);
    expect(
      warned.filter(
        ({ tenant, kind }) =>
          renewed.includes(tenant) && kind !== 'consent' && kind !== 'client_secret',
      ),
    ).toEqual([]);
  });
});

/**
 * Of each end that passed since the last run, people heard at 30 and 14 days, and within a week.
 */
function expectEndsWereTold(
  fleet: readonly Account[],
  warned: readonly (Ending & { week: number })[],
  week: number,
): number {
  const now = START + week * WEEK;
  const passed = fleet.flatMap((account) =>
    endsOfAccount(account)
      .filter(({ at }) => Date.parse(at) > now - WEEK && Date.parse(at) <= now && week > 4)
      .map((end) => ({ ...end, tenant: account.tenant })),
  );
  for (const { tenant, kind } of passed) {
    const own = warned.filter((ending) => ending.tenant === tenant && ending.kind === kind);
    const thresholds: number[] = own.map(({ threshold_days }) => threshold_days);
    expect(thresholds).toEqual(expect.arrayContaining([30, 14]));
    expect(Math.min(...thresholds)).toBeLessThanOrEqual(7);
  }
  return passed.length;
}
