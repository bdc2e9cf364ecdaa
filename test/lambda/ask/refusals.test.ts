import { describe, expect, it } from 'vitest';
import { limitRefusals, refusalsAfter } from '../../../lambda/ask/refusals.ts';
import type { Wanted } from '../../../lambda/ask/wanted.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const HOUR = 3_600_000;
const refused = fingerprint('access');
const wanted: Wanted = { kind: 'on_demand', name: 'acme', refused };
const at = (count: number, agoMs: number) =>
  Array.from({ length: count }, () => new Date(NOW - agoMs).toISOString());

describe(limitRefusals.name, () => {
  it('takes a refusal seriously 20 times a day', () => {
    expect(limitRefusals(wanted, at(19, HOUR), NOW)).toEqual(wanted);
    expect(limitRefusals(wanted, at(20, HOUR), NOW)).toEqual({ ...wanted, refused: null });
    expect(limitRefusals(wanted, at(20, 24 * HOUR), NOW)).toEqual(wanted);
  });

  it('leaves a scheduled run alone', () => {
    const full: Wanted = { kind: 'all' };
    expect(limitRefusals(full, at(20, HOUR), NOW)).toEqual(full);
  });
});

describe(refusalsAfter.name, () => {
  const published = (issuedAgoMs: number, leftMs: number) => {
    const archive_key = `responses/default/00000001-${new Date(NOW - issuedAgoMs).toISOString()}/acme-1.json`;
    const expires_at = new Date(NOW + leftMs).toISOString();
    return new Map([
      [
        'acme',
        { access_token: 'access', token_type: 'bearer', expires_at, headers: {}, archive_key },
      ],
    ]);
  };

  it('counts a token that is replaced for its refusal, and forgets what is a day old', () => {
    expect(
      refusalsAfter(
        [...at(1, 25 * HOUR), ...at(1, HOUR)],
        wanted,
        published(HOUR / 2, HOUR / 2),
        NOW,
      ),
    ).toEqual([new Date(NOW - HOUR).toISOString(), new Date(NOW).toISOString()]);
  });

  it.each([
    ['is due anyway', published(HOUR, HOUR / 10)],
    ['is too young to be replaced', published(HOUR / 10, HOUR)],
    ['is not there', new Map()],
  ])('does not count one that %s', (_what, tokens) => {
    expect(refusalsAfter([], wanted, tokens, NOW)).toEqual([]);
  });
});
