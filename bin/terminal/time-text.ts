const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Says how long it is until an instant, such as `59 min` or `expired`. */
export function untilText(at: number, now: number): string {
  return at <= now ? 'expired' : `in ${spanText(at - now)}`;
}

/** Says how long it is since an instant, such as `3 days ago`. */
export function agoText(at: number, now: number): string {
  return now - at < MINUTE ? 'just now' : `${spanText(now - at)} ago`;
}

function spanText(ms: number): string {
  if (ms < MINUTE) {
    return `${Math.max(1, Math.floor(ms / 1000))} s`;
  }
  if (ms < 2 * HOUR) {
    return `${Math.round(ms / MINUTE)} min`;
  }
  return ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} days`;
}
