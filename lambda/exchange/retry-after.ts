/** A server that asks for a longer pause is asked again after a day. */
const LONGEST_MS = 86_400_000;

/**
 * Returns the milliseconds to wait from `nowMs` on, by a Retry-After header of seconds or of one of
 * the three HTTP dates (RFC 9110 sections 5.6.7 and 10.2.3). Returns at most a day, and undefined
 * for a header that is missing or makes no sense.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) {
    return Math.min(Number(text) * 1000, LONGEST_MS);
  }
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) {
    return undefined;
  }
  const instant = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(instant) ? undefined : Math.min(Math.max(instant - nowMs, 0), LONGEST_MS);
}
