import { describe, expect, it } from 'vitest';
import type { End } from '../../../lambda/ahead/ends.ts';
import { tooSeldom } from '../../../lambda/ahead/too-seldom.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const rotatedAt = '2026-11-01T00:00:00.000Z';
const tenant = { rotatedAt, accessExpiresAt: '2026-11-01T01:00:00.000Z' };
const WEEKLY = { gapMs: 7 * DAY + HOUR, keepFresh: false };

function lives(ms: number, sliding = true): End[] {
  const at = new Date(Date.parse(rotatedAt) + ms).toISOString();
  return [{ kind: 'refresh_token', at, sliding, told: false }];
}

describe('tooSeldom', () => {
  it('has nothing to say of a tenant that lives longer than the longest gap', () => {
    expect(tooSeldom(lives(60 * DAY), tenant, WEEKLY)).toBeNull();
    expect(tooSeldom([], tenant, WEEKLY)).toBeNull();
  });

  it('names a tenant that dies between two runs, and how often it must be renewed', () => {
    expect(tooSeldom(lives(7 * DAY), tenant, WEEKLY)).toEqual({
      lifeMs: 7 * DAY,
      gapMs: WEEKLY.gapMs,
      everyDays: 3,
    });
  });

  it('counts that a run may start late', () => {
    expect(tooSeldom(lives(WEEKLY.gapMs + HOUR / 4), tenant, WEEKLY)).not.toBeNull();
  });

  it('lets a deployment that keeps tokens fresh renew it before its access token ends', () => {
    expect(tooSeldom(lives(7 * DAY), tenant, { ...WEEKLY, keepFresh: true })).toBeNull();
  });

  it('knows that nothing is renewed in between where the access token lives longer', () => {
    const long = { rotatedAt, accessExpiresAt: '2026-12-31T00:00:00.000Z' };
    expect(tooSeldom(lives(5 * DAY), long, { ...WEEKLY, keepFresh: true })).not.toBeNull();
    const endless = { rotatedAt, accessExpiresAt: null };
    expect(tooSeldom(lives(5 * DAY), endless, { ...WEEKLY, keepFresh: true })).not.toBeNull();
  });

  it('says how often a home without a schedule must be rotated', () => {
    const none = { gapMs: null, keepFresh: false };
    expect(tooSeldom(lives(90 * DAY), tenant, none)).toMatchObject({ gapMs: null, everyDays: 45 });
    expect(tooSeldom(lives(20 * HOUR), tenant, none)).toMatchObject({ everyDays: null });
  });

  it('does not ask a schedule for what no exchange moves on', () => {
    expect(tooSeldom(lives(3 * DAY, false), tenant, WEEKLY)).toBeNull();
  });
});
