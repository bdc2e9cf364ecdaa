import type { Tenant } from '../map/tenant.ts';
import { seldomText } from '../report/seldom-text.ts';
import { type ClockMarks, clockFactsOf } from './clock-facts.ts';
import { endsOf } from './ends.ts';
import { type Rhythm, tooSeldom } from './too-seldom.ts';

/**
 * Returns why a tenant cannot be kept alive at this rhythm, and the setting that would, or null
 * where it can. A tenant that has no token yet is looked at as if it were renewed now. One that is
 * paused is not renewed on purpose.
 */
export function whyNotKept(
  tenant: Tenant,
  marks: ClockMarks,
  { rhythm, now }: { rhythm: Rhythm; now: Date },
): string | null {
  if (!tenant.enabled) {
    return null;
  }
  const known = marks.rotated_at === null ? renewedAt(tenant, now) : marks;
  const renewal = { rotatedAt: known.rotated_at, accessExpiresAt: known.expires_at };
  const seldom = tooSeldom(endsOf(clockFactsOf(tenant, known)), renewal, rhythm);
  return seldom === null ? null : seldomText(seldom);
}

/** Returns the marks of a tenant that consented and was renewed at an instant. */
export function renewedAt({ provider }: Tenant, now: Date): ClockMarks {
  const at = now.toISOString();
  const lifeS = provider.response.default_expires_in_s;
  const expires_at = lifeS === null ? null : new Date(now.getTime() + lifeS * 1000).toISOString();
  return {
    consented_at: at,
    rotated_at: at,
    expires_at,
    refresh_expires_at: null,
  };
}
