import { describe, expect, it } from 'vitest';
import { cronRuns } from '../../../lambda/ahead/cron-runs.ts';

/** A Wednesday. */
const NOW = new Date('2026-11-25T12:00:00.000Z');

function firstThree(expression: string): string[] {
  const runs: string[] = [];
  for (const run of cronRuns(expression, NOW) ?? []) {
    runs.push(run.toISOString().slice(0, 16));
    if (runs.length === 3) {
      break;
    }
  }
  return runs;
}

describe(cronRuns.name, () => {
  it.each([
    ['cron(17 5 ? * SUN *)', ['2026-11-29T05:17', '2026-12-06T05:17', '2026-12-13T05:17']],
    ['cron(17 5 ? * 1 *)', ['2026-11-29T05:17', '2026-12-06T05:17', '2026-12-13T05:17']],
    ['cron(0 0 ? * L *)', ['2026-11-28T00:00', '2026-12-05T00:00', '2026-12-12T00:00']],
    ['cron(0 9 L * ? *)', ['2026-11-30T09:00', '2026-12-31T09:00', '2027-01-31T09:00']],
    ['cron(0 9 5W 12 ? *)', ['2026-12-04T09:00', '2027-12-06T09:00', '2028-12-05T09:00']],
    ['cron(0 9 ? * 6L *)', ['2026-11-27T09:00', '2026-12-25T09:00', '2027-01-29T09:00']],
    ['cron(0 9 ? * 2#1 *)', ['2026-12-07T09:00', '2027-01-04T09:00', '2027-02-01T09:00']],
    ['cron(5/20 13 * * ? *)', ['2026-11-25T13:05', '2026-11-25T13:25', '2026-11-25T13:45']],
    ['cron(0 13 ? * WED-FRI 2026)', ['2026-11-25T13:00', '2026-11-26T13:00', '2026-11-27T13:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
  ])('reads %s as EventBridge Scheduler does', (expression, runs) => {
    expect(firstThree(expression)).toEqual(runs);
  });

  it.each(['cron(0 0 30 2 ? *)', 'cron(0 0 31 4,6,9,11 ? *)', 'cron(0 0 ? * SUN 2025)'])(
    'finds no day for %s',
    (expression) => {
      expect(firstThree(expression)).toEqual([]);
    },
  );

  it.each([
    ['no cron', 'rate(1 day)'],
    ['five fields', 'cron(17 5 * * SUN)'],
    ['both day fields', 'cron(17 5 1 * SUN *)'],
    ['a day field and *', 'cron(17 5 * * SUN *)'],
    ['neither day field', 'cron(17 5 ? * ? *)'],
    ['minute 60', 'cron(60 5 ? * SUN *)'],
    ['hour 24', 'cron(17 24 ? * SUN *)'],
    ['month 13', 'cron(17 5 1 13 ? *)'],
    ['day of week 8', 'cron(17 5 ? * 8 *)'],
    ['day of week 0', 'cron(17 5 ? * 0 *)'],
    ['words', 'cron(every day at five or so)'],
  ])('refuses %s', (_, expression) => {
    expect(cronRuns(expression, NOW)).toBeNull();
  });
});
