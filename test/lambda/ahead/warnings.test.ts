import { describe, expect, it } from 'vitest';
import type { End } from '../../../lambda/ahead/ends.ts';
import { dueWarnings, type ToldEnds } from '../../../lambda/ahead/warnings.ts';
import { randomFrom } from '../../fakes/random.ts';

const DAY = 86_400_000;
const ENDS_AT = Date.parse('2027-01-01T00:00:00.000Z');
const fixed: End = {
  kind: 'consent',
  at: new Date(ENDS_AT).toISOString(),
  sliding: false,
  told: false,
};

/** The thresholds at which a run on each of these days before the end says something. */
function toldBy(runs: readonly number[], end = fixed, rotatedAt: string | null = null): number[] {
  let told: ToldEnds = {};
  return runs.flatMap((daysBefore) => {
    const due = dueWarnings([end], told, { now: ENDS_AT - daysBefore * DAY, rotatedAt });
    told = due.told;
    return due.warnings.map(({ threshold }) => threshold);
  });
}

describe('dueWarnings', () => {
  it('says each threshold once', () => {
    const everyDay = Array.from({ length: 60 }, (_, day) => 50 - day);
    expect(toldBy(everyDay)).toEqual([30, 14, 7, 1]);
  });

  it('says nothing of what is further away than 30 days', () => {
    expect(toldBy([31, 30.01])).toEqual([]);
    expect(dueWarnings([fixed], {}, { now: ENDS_AT - 40 * DAY, rotatedAt: null }).told).toEqual({});
  });

  it('says only the nearest threshold where several were passed at once', () => {
    expect(toldBy([45, 5, 4, 0.5])).toEqual([7, 1]);
  });

  it('warns at a week between two runs of 30, 14 and 7 days', () => {
    expect(toldBy([34, 27, 20, 13, 6, -1])).toEqual([30, 14, 7, 1]);
  });

  it('says once that an end has passed of which nothing was known', () => {
    expect(toldBy([-3, -10, -17])).toEqual([1]);
  });

  it('begins again where the end moved on', () => {
    const told: ToldEnds = { consent: { at: '2026-12-30T00:00:00.000Z', days: 1 } };
    const due = dueWarnings([fixed], told, { now: ENDS_AT - 10 * DAY, rotatedAt: null });
    expect(due.warnings).toEqual([{ end: fixed, threshold: 14 }]);
    expect(due.told).toEqual({ consent: { at: fixed.at, days: 14 } });
  });

  it('takes an end that is counted a little later each time for the same', () => {
    const told: ToldEnds = { consent: { at: '2026-12-31T23:59:30.000Z', days: 14 } };
    const due = dueWarnings([fixed], told, { now: ENDS_AT - 10 * DAY, rotatedAt: null });
    expect(due.warnings).toEqual([]);
    expect(due.told).toEqual(told);
  });

  it('does not warn of a short life that each run starts again', () => {
    const tenDays: End = { ...fixed, kind: 'refresh_token', sliding: true };
    const rotatedAt = new Date(ENDS_AT - 10 * DAY).toISOString();
    expect(toldBy([10, 9, 8], tenDays, rotatedAt)).toEqual([]);
    expect(toldBy([10, 3, -4], tenDays, rotatedAt)).toEqual([7, 1]);
  });

  it('forgets what was told of an end that is no more', () => {
    const told: ToldEnds = { consent: { at: fixed.at, days: 7 } };
    expect(dueWarnings([], told, { now: ENDS_AT, rotatedAt: null }).told).toEqual({});
  });

  it('warns again in time where a clock was ahead', () => {
    const ahead = dueWarnings([fixed], {}, { now: ENDS_AT + DAY, rotatedAt: null });
    const right = dueWarnings([fixed], ahead.told, { now: ENDS_AT - 20 * DAY, rotatedAt: null });
    expect(right.warnings).toEqual([{ end: fixed, threshold: 30 }]);
    const again = dueWarnings([fixed], right.told, { now: ENDS_AT - 19 * DAY, rotatedAt: null });
    expect(again.warnings).toEqual([]);
  });

  it('says two ends of one day apart', () => {
    const secret: End = { ...fixed, kind: 'client_secret', told: true };
    const { warnings } = dueWarnings([fixed, secret], {}, { now: ENDS_AT, rotatedAt: null });
    expect(warnings.map(({ end }) => end.kind)).toEqual(['consent', 'client_secret']);
  });
});

/** An end that moves on now and then, met by runs at random times, of which some have a wrong clock. */
function playRuns(below: (limit: number) => number) {
  let told: ToldEnds = {};
  let [now, endsAt, version] = [Date.UTC(2028, 1, 20), Date.UTC(2028, 3, 1), 0];
  const warned: { version: number; threshold: number; mayRepeat: boolean }[] = [];
  let mayRepeat = false;
  for (let run = 0; run < 60; run++) {
    now += (1 + below(160)) * (DAY / 8);
    const moved = now + (2 + below(90)) * DAY;
    if ((below(12) === 0 || endsAt < now) && Math.abs(moved - endsAt) >= DAY) {
      endsAt = moved;
      version += 1;
      mayRepeat = false;
    }
    const isWrong = below(15) === 0;
    const clock = isWrong ? now + below(80) * DAY : now;
    const end = { ...fixed, at: new Date(endsAt).toISOString() };
    const due = dueWarnings([end], told, { now: clock, rotatedAt: null });
    told = due.told;
    for (const { threshold } of due.warnings) {
      warned.push({ version, threshold, mayRepeat });
    }
    mayRepeat ||= isWrong;
    if (isWrong) {
      continue;
    }
    const reached = [1, 7, 14, 30].find((days) => endsAt - now <= days * DAY);
    const least = Math.min(
      31,
      ...warned.filter((one) => one.version === version).map((one) => one.threshold),
    );
    expect(least, `run ${run}`).toBeLessThanOrEqual(reached ?? 31);
  }
  return warned;
}

describe('the warnings of an end that moves, by runs at any time', () => {
  it('come for each threshold in time, and once where the clock is right', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    console.info(`seed ${seed}`);
    for (let world = 0; world < 300; world++) {
      const warned = playRuns(randomFrom(seed + world));
      const once = warned.filter(({ mayRepeat }) => !mayRepeat);
      const keys = once.map(({ version, threshold }) => `${version}/${threshold}`);
      expect(new Set(keys).size, `seed ${seed + world}`).toBe(keys.length);
    }
  });
});
