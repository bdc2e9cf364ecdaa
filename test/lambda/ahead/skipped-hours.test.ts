import { describe, expect, it } from 'vitest';
import { skippedHours } from '../../../lambda/ahead/skipped-hours.ts';

const FROM = new Date('2026-01-01T00:00:00.000Z');
const TO = new Date('2027-01-01T00:00:00.000Z');

const skippedIn = (timeZone: string) =>
  skippedHours(timeZone, FROM, TO).map(
    ({ from, to }) => `${from.toISOString().slice(0, 16)}/${to.toISOString().slice(11, 16)}`,
  );

describe(skippedHours.name, () => {
  it.each([
    ['Europe/Berlin', ['2026-03-29T02:00/03:00']],
    ['America/New_York', ['2026-03-08T02:00/03:00']],
    ['America/Los_Angeles', ['2026-03-08T02:00/03:00']],
    ['Australia/Sydney', ['2026-10-04T02:00/03:00']],
    ['Australia/Lord_Howe', ['2026-10-04T02:00/02:30']],
    ['Atlantic/Azores', ['2026-03-29T00:00/01:00']],
    ['Asia/Tokyo', []],
    ['UTC', []],
  ])('of %s are %j', (timeZone, expected) => {
    expect(skippedIn(timeZone)).toEqual(expected);
  });
});
