import { longestGapMs } from '../../lambda/ahead/schedule-gap.ts';
import type { Rhythm } from '../../lambda/ahead/too-seldom.ts';
import type { Home } from '../homes/home.ts';

/** Returns how often the tenants of a home are renewed; of one that is not made yet, never. */
export function rhythmOf(home: Pick<Home, 'rhythm'> | null, now: Date): Rhythm {
  if (home === null) {
    return { gapMs: null, keepFresh: false };
  }
  const { expression, timeZone, keepFresh } = home.rhythm;
  const gapMs = expression === null ? null : longestGapMs({ expression, timeZone }, now);
  return { gapMs, keepFresh };
}
