import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { skippedHours } from '../../lambda/ahead/skipped-hours.ts';
import { scheduleDoubts } from '../../lib/schedule-doubts.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');

const doubts = (schedule: string, timeZone = 'UTC', days = 8) =>
  scheduleDoubts({ schedule, timeZone, successWithin: Duration.days(days) }, NOW);

describe(scheduleDoubts.name, () => {
  it.each([
    ['cron(17 5 ? * SUN *)', 'UTC'],
    ['cron(17 5 ? * SUN *)', 'Europe/Berlin'],
    ['cron(0 3 ? * MON-FRI *)', 'Europe/Berlin'],
    ['cron(0/5 * * * ? *)', 'Asia/Tokyo'],
    ['rate(7 days)', 'Europe/Berlin'],
    ['rate(12 hours)', 'UTC'],
  ])('has none of %s in %s', (schedule, timeZone) => {
    expect(doubts(schedule, timeZone)).toEqual([]);
  });

  it.each([
    ['cron(17 2 ? * SUN *)', 'Europe/Berlin', '2027-03-28', '02:00 to 03:00'],
    ['cron(30 2 ? * SUN *)', 'America/New_York', '2027-03-14', '02:00 to 03:00'],
    ['cron(0 2 ? * SUN *)', 'Australia/Sydney', '2027-10-03', '02:00 to 03:00'],
    ['cron(59 0 * * ? *)', 'Atlantic/Azores', '2027-03-28', '00:00 to 01:00'],
  ])('names the run that %s in %s has not', (schedule, timeZone, date, hour) => {
    const [first] = doubts(schedule, timeZone);
    expect(first).toContain(`${schedule} has no run on ${date}`);
    expect(first).toContain(`the clocks of ${timeZone} skip ${hour}`);
  });

  it('counts the skipped run into the pause: two weeks without a run', () => {
    expect(doubts('cron(17 2 ? * SUN *)', 'Europe/Berlin')).toEqual([
      expect.stringContaining('2027-03-28'),
      expect.stringContaining('pauses for 14 days'),
    ]);
  });

  it.each([
    ['rate(30 days)', 8, 30],
    ['rate(8 days)', 8, 8],
    ['cron(0 5 1 * ? *)', 8, 31],
    ['cron(0 5 1 1 ? *)', 300, 365],
    ['cron(0 5 ? * SUN 2026)', 8, 701],
  ])(
    'names the pause of %s, which the alarm after %d days does not bear',
    (schedule, days, pause) => {
      const [only, ...others] = doubts(schedule, 'UTC', days);
      expect(only).toContain(`pauses for ${pause} days`);
      expect(only).toContain('successWithinDays');
      expect(others).toEqual([]);
    },
  );

  it('has none of a monthly schedule whose alarm waits longer', () => {
    expect(doubts('cron(0 5 1 * ? *)', 'UTC', 32)).toEqual([]);
  });

  it('has none of the default hours in any time zone', () => {
    const until = new Date('2027-12-31T00:00:00.000Z');
    const defaults = ['05:17', '05:47'];
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      for (const { from, to } of skippedHours(timeZone, NOW, until)) {
        const [first, last] = [from, to].map((at) => at.toISOString().slice(11, 16));
        for (const run of defaults)
          expect(run < `${first}` || run >= `${last}`, `${timeZone} ${run}`).toBe(true);
      }
    }
  });
});
