import { describe, expect, it } from 'vitest';
import { longestGapMs } from '../../../lambda/ahead/schedule-gap.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const from = new Date('2026-11-25T00:00:00Z');
const gap = (expression: string, timeZone = 'UTC') => longestGapMs({ expression, timeZone }, from);

describe('longestGapMs', () => {
  it.each([
    ['rate(30 minutes)', HOUR / 2],
    ['rate(1 hour)', HOUR],
    ['rate(10 days)', 10 * DAY],
    ['cron(17 5 ? * SUN *)', 7 * DAY],
    ['cron(17 5 ? * 1 *)', 7 * DAY],
    ['cron(0 8 ? * MON-FRI *)', 3 * DAY],
    ['cron(0 8 ? * 2-6 *)', 3 * DAY],
    ['cron(0/30 * * * ? *)', HOUR / 2],
    ['cron(0 10 1 * ? *)', 31 * DAY],
    ['cron(0 10 L * ? *)', 31 * DAY],
    ['cron(0 10 ? * 6L *)', 35 * DAY],
    ['cron(0 10 ? * 2#1 *)', 35 * DAY],
    ['cron(0 10 1 1 ? *)', 365 * DAY],
    ['cron(15 10 1,15 * ? *)', 17 * DAY],
  ])('finds the longest gap of %s', (expression, expected) => {
    expect(gap(expression)).toBe(expected);
  });

  it('counts the run that is left out where clocks are put forward over it', () => {
    expect(gap('cron(30 2 ? * SUN *)', 'Europe/Berlin')).toBe(14 * DAY - HOUR);
  });

  it('counts the longer week in which clocks are put back', () => {
    expect(gap('cron(17 5 ? * SUN *)', 'Europe/Berlin')).toBe(7 * DAY + HOUR);
  });

  it('says Infinity for a schedule that does not run twice', () => {
    expect(gap('cron(0 10 1 1 ? 2020)')).toBe(Number.POSITIVE_INFINITY);
    expect(gap('cron(0 10 1 1 ? 2027)')).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(['', 'daily', 'cron(0 10 * *)', 'rate(1 week)'])('refuses %j', (expression) => {
    expect(() => gap(expression)).toThrow('is no schedule');
  });
});
