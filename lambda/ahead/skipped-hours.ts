const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A span of wall-clock time that does not exist, its ends written as if they were UTC. */
export interface SkippedHour {
  from: Date;
  to: Date;
}

/**
 * Returns the spans that the clocks of a time zone jump over between two instants, as most do in
 * spring. EventBridge Scheduler leaves out a run that falls into one.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function skippedHours(timeZone: string, from: Date, to: Date): SkippedHour[] {
  const offsetAt = createOffsets(timeZone);
  const skipped: SkippedHour[] = [];
  let day = Math.floor(from.getTime() / MINUTE_MS) * MINUTE_MS;
  for (; day < to.getTime(); day += DAY_MS) {
    const before = offsetAt(day);
    if (offsetAt(day + DAY_MS) <= before) continue;
    const jump = firstAbove(before, offsetAt, day);
    skipped.push({ from: new Date(jump + before), to: new Date(jump + offsetAt(jump)) });
  }
  return skipped;
}

/** The first minute of the day after `day` at which the offset is above `before`. */
function firstAbove(before: number, offsetAt: (at: number) => number, day: number): number {
  let low = day;
  let high = day + DAY_MS;
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / MINUTE_MS / 2) * MINUTE_MS;
    if (offsetAt(middle) > before) high = middle;
    else low = middle;
  }
  return high;
}

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
function createOffsets(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const wallClock = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
    );
    return wallClock - at;
  };
}
