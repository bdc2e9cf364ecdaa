import { describe, expect, it } from 'vitest';
import { expiresAt } from '../../../lambda/exchange/token-expiry.ts';

const SENT_AT = '2026-11-22T02:00:00.000Z';
const rules = (kind: 'seconds' | 'milliseconds' | 'epoch_seconds' | 'iso') => ({
  expires: { path: 'x', kind },
  default_expires_in_s: 3600,
});
const DEFAULT = '2026-11-22T03:00:00.000Z';

describe(expiresAt.name, () => {
  it.each([
    ['seconds', 60, '2026-11-22T02:01:00.000Z'],
    ['seconds', '60', '2026-11-22T02:01:00.000Z'],
    ['seconds', 0.5, '2026-11-22T02:00:00.500Z'],
    ['milliseconds', 60_000, '2026-11-22T02:01:00.000Z'],
    ['epoch_seconds', 1_795_327_200, '2026-11-22T06:00:00.000Z'],
    ['epoch_seconds', '1795327200', '2026-11-22T06:00:00.000Z'],
    ['iso', '2026-11-22T05:00:00+01:00', '2026-11-22T04:00:00.000Z'],
    ['iso', '2026-11-22T04:00:00', '2026-11-22T04:00:00.000Z'],
    ['iso', '2026-11-22 04:00:00', '2026-11-22T04:00:00.000Z'],
    ['iso', 'Sun, 22 Nov 2026 04:00:00 GMT', '2026-11-22T04:00:00.000Z'],
  ] as const)('reads %s of %j', (kind, told, expected) => {
    expect(expiresAt(SENT_AT, told, rules(kind))).toBe(expected);
  });

  it.each([
    ['seconds', undefined],
    ['seconds', null],
    ['seconds', 0],
    ['seconds', '0'],
    ['seconds', ''],
    ['seconds', -5],
    ['seconds', 'soon'],
    ['seconds', 1e30],
    ['seconds', {}],
    ['seconds', true],
    ['epoch_seconds', 0],
    ['epoch_seconds', 3600],
    ['iso', 'never'],
    ['iso', 12],
  ] as const)('takes the default where %s is %j', (kind, told) => {
    expect(expiresAt(SENT_AT, told, rules(kind))).toBe(DEFAULT);
  });

  const INSTANT_MS = Date.parse('2026-11-22T06:00:00.000Z');

  it.each([
    ['seconds', INSTANT_MS / 1000],
    ['seconds', INSTANT_MS],
    ['milliseconds', INSTANT_MS],
    ['epoch_seconds', INSTANT_MS],
    ['seconds', String(INSTANT_MS)],
    ['seconds', '2026-11-22T06:00:00Z'],
    ['epoch_seconds', '2026-11-22 06:00:00'],
    ['milliseconds', 'Sun, 22 Nov 2026 06:00:00 GMT'],
  ] as const)('takes a %s of %j, near the present, as an instant', (kind, told) => {
    expect(expiresAt(SENT_AT, told, rules(kind))).toBe('2026-11-22T06:00:00.000Z');
  });

  it.each([
    ['seconds', 366 * 86_400, '2027-11-23T02:00:00.000Z'],
    ['seconds', 366 * 86_400 + 1, DEFAULT],
    ['seconds', 3_600_000_000, DEFAULT],
    ['seconds', INSTANT_MS * 1000, DEFAULT],
    ['seconds', Date.parse(SENT_AT) / 1000 - 60, DEFAULT],
    ['epoch_seconds', 4_102_444_800, DEFAULT],
    ['iso', '2083-01-01T00:00:00Z', DEFAULT],
  ] as const)('takes no life beyond a year and a day: %s of %j', (kind, told, expected) => {
    expect(expiresAt(SENT_AT, told, rules(kind))).toBe(expected);
  });

  it('knows tokens without an end, and their end where a reply tells one', () => {
    const endless = { ...rules('seconds'), default_expires_in_s: null };
    expect(expiresAt(SENT_AT, undefined, endless)).toBeNull();
    expect(expiresAt(SENT_AT, 0, endless)).toBeNull();
    expect(expiresAt(SENT_AT, 60, endless)).toBe('2026-11-22T02:01:00.000Z');
  });
});
