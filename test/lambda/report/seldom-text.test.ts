import { describe, expect, it } from 'vitest';
import { seldomText } from '../../../lambda/report/seldom-text.ts';

const DAY = 86_400_000;

describe(seldomText.name, () => {
  it('names the schedule that would keep the tenant alive', () => {
    expect(seldomText({ lifeMs: 5 * DAY, gapMs: 7 * DAY, everyDays: 2 })).toBe(
      'it lives for 5 days without a renewal, and the schedule renews it after up to 7 days: ' +
        'deploy with -c "schedule=rate(2 days)"',
    );
  });

  it('names fresh tokens where a day is too long', () => {
    const text = seldomText({ lifeMs: DAY / 2, gapMs: 7 * DAY, everyDays: null });
    expect(text).toContain('it lives for 12 hours');
    expect(text).toContain('deploy with -c keepFresh=true');
  });

  it('says how often a home must be rotated', () => {
    expect(seldomText({ lifeMs: 60 * DAY, gapMs: null, everyDays: 30 })).toContain(
      'no schedule renews it. Run at least every 30 days: tokens rotate',
    );
    expect(seldomText({ lifeMs: 2 * DAY, gapMs: null, everyDays: 1 })).toContain('every 1 day');
  });
});
