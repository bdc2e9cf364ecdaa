import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { instantOf } from '../../../lambda/ahead/wall-clock.ts';
import { scheduleDoubts } from '../../../lib/settings/schedule-doubts.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');

const DAY = 86_400_000;
const at = (hour: number, minute: number) => (hour * 60 + minute) * 60_000;

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
    ['cron(17 2 ? * SUN *)', 'Europe/Berlin', '2027-03-28', '02:17'],
    ['cron(30 2 ? * SUN *)', 'America/New_York', '2027-03-14', '02:30'],
    ['cron(0 2 ? * SUN *)', 'Australia/Sydney', '2027-10-03', '02:00'],
    ['cron(59 0 * * ? *)', 'Atlantic/Azores', '2027-03-28', '00:59'],
  ])('names the run that %s in %s has not', (schedule, timeZone, date, hour) => {
    const [first] = doubts(schedule, timeZone);
    expect(first).toContain(`${schedule} has no run on ${date}`);
    expect(first).toContain(`the clocks of ${timeZone} skip ${hour}.`);
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

  it.each([
    'cron(0 5 1 1 ? 2027)',
    'cron(0 5 ? * SUN 2026-2027)',
    'cron(0 5 ? * MON,WED 2026,2027)',
  ])('names %s, which ends', (schedule) => {
    expect(doubts(schedule)).toEqual([
      expect.stringContaining('ends, or does not run twice within two years'),
    ]);
  });

  it('names a schedule that begins late', () => {
    const [only] = doubts('cron(0 5 ? * SUN 2027-2099)', 'UTC', 30);
    expect(only).toContain('pauses for 39 days');
  });

  it('has none of the default hours in any time zone', () => {
    // The springs of both halves of the world.
    const springs = [Date.UTC(2027, 2, 1), Date.UTC(2027, 8, 1)];
    const days = springs.flatMap((first) => Array.from({ length: 60 }, (_, i) => first + i * DAY));
    const runs = days.flatMap((day) => [17, 47].map((minute) => new Date(day + at(5, minute))));
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      const skipped = runs.filter((run) => instantOf(run, timeZone) === undefined);
      expect(skipped, timeZone).toEqual([]);
    }
  });
});
