import { describe, expect, it } from 'vitest';
import { type ClockFacts, endsOf } from '../../../lambda/ahead/ends.ts';

const DAY = 86_400;
const facts: ClockFacts = {
  lives: {},
  spends: true,
  consented_at: '2026-01-01T00:00:00.000Z',
  rotated_at: '2026-06-01T00:00:00.000Z',
  expires_at: '2026-06-01T01:00:00.000Z',
  access_token: 'renewed',
  refresh_expires_at: null,
  secret_created_at: null,
  secret_expires_at: null,
};

describe('endsOf', () => {
  it('knows no end where the platform says none', () => {
    expect(endsOf(facts)).toEqual([]);
  });

  it('counts a life that no renewal makes longer from the consent', () => {
    const lives = { refresh_expires: [{ after_s: 365 * DAY, slides: false }] };
    expect(endsOf({ ...facts, lives })).toEqual([
      { kind: 'consent', at: '2027-01-01T00:00:00.000Z', sliding: false, told: false },
    ]);
  });

  it('counts a life that each renewal starts again from the newest one', () => {
    const lives = { refresh_expires: [{ after_s: 60 * DAY, slides: true }] };
    expect(endsOf({ ...facts, lives })).toEqual([
      { kind: 'refresh_token', at: '2026-07-31T00:00:00.000Z', sliding: true, told: false },
    ]);
  });

  it('prefers what a reply told to what is counted', () => {
    const lives = { refresh_expires: [{ path: 'x', after_s: 60 * DAY, slides: true }] };
    const refresh_expires_at = '2026-06-20T00:00:00.000Z';
    expect(endsOf({ ...facts, lives, refresh_expires_at })).toEqual([
      { kind: 'refresh_token', at: refresh_expires_at, sliding: true, told: true },
    ]);
  });

  it('knows an idle end and an absolute end beside one another, the nearest first', () => {
    const lives = {
      refresh_expires: [
        { path: 'x', slides: true },
        { after_s: 5 * 365 * DAY, slides: false },
      ],
      idle_s: 90 * DAY,
    };
    const refresh_expires_at = '2026-09-09T00:00:00.000Z';
    const ends = endsOf({ ...facts, lives, refresh_expires_at });
    expect(ends.map(({ kind }) => kind)).toEqual(['unused', 'refresh_token', 'consent']);
  });

  it('starts at the consent where nothing was renewed since', () => {
    const lives = { idle_s: 10 * DAY };
    expect(endsOf({ ...facts, lives, rotated_at: null })[0]?.at).toBe('2026-01-11T00:00:00.000Z');
    expect(endsOf({ ...facts, lives, rotated_at: null, consented_at: null })).toEqual([]);
  });

  it('knows of a grant that spends nothing the end of its secret alone', () => {
    const lives = { idle_s: 90 * DAY, client_secret_s: 180 * DAY };
    const secret_created_at = '2026-05-01T00:00:00.000Z';
    expect(endsOf({ ...facts, lives, spends: false, secret_created_at })).toEqual([
      { kind: 'client_secret', at: '2026-10-28T00:00:00.000Z', sliding: false, told: false },
    ]);
  });

  it('takes the end of an access token that nothing renews, or that is renewed with itself', () => {
    const at = facts.expires_at;
    expect(endsOf({ ...facts, access_token: 'last' })).toEqual([
      { kind: 'access_token', at, sliding: false, told: true },
    ]);
    expect(endsOf({ ...facts, access_token: 'credential' })).toEqual([
      { kind: 'refresh_token', at, sliding: true, told: true },
    ]);
  });

  it('takes the end of a secret that its owner wrote down before the one it counts', () => {
    const lives = { client_secret_s: 180 * DAY };
    const secret_created_at = '2026-05-01T00:00:00.000Z';
    const secret_expires_at = '2026-08-01T00:00:00.000Z';
    expect(endsOf({ ...facts, lives, secret_created_at, secret_expires_at })).toEqual([
      { kind: 'client_secret', at: secret_expires_at, sliding: false, told: true },
    ]);
  });
});
