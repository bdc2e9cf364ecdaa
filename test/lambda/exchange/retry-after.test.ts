import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../lambda/exchange/retry-after.ts';

const NOW_MS = Date.parse('2026-11-22T02:00:00Z');

describe(parseRetryAfter.name, () => {
  it.each([
    ['Sun, 22 Nov 2026 02:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 02:00:30 GMT', 30_000],
    ['Sun Nov 22 02:00:30 2026', 30_000],
    [' 5 ', 5000],
    ['0', 0],
    ['Sun, 22 Nov 2026 01:00:00 GMT', 0],
    ['Mon, 22 Nov 2027 02:00:00 GMT', 86_400_000],
    ['9'.repeat(400), 86_400_000],
  ])('reads %j', (header, expected) => {
    expect(parseRetryAfter(header, NOW_MS)).toBe(expected);
  });

  it.each([
    undefined,
    '',
    'soon',
    '-5',
    '1.5',
    '5 minutes',
    '2026-11-22T02:00:30Z',
    'Sun, nonsense GMT',
  ])('reads nothing from %j', (header) => {
    expect(parseRetryAfter(header, NOW_MS)).toBeUndefined();
  });

  it('reads seconds and the date of the same instant alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), (seconds) => {
        const date = new Date(NOW_MS + seconds * 1000).toUTCString();
        expect(parseRetryAfter(date, NOW_MS)).toBe(parseRetryAfter(String(seconds), NOW_MS));
      }),
    );
  });
});
