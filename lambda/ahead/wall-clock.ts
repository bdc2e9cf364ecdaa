/**
 * Returns the instant, in milliseconds since the epoch, at which the clocks of a zone show a time,
 * or undefined where they skip it in spring. `wall` is that time written as if it were UTC.
 */
export function instantOf(wall: Date, timeZone: string): number | undefined {
  const offset = offsetAt(wall.getTime(), timeZone);
  const guess = wall.getTime() - offset;
  const instant = wall.getTime() - offsetAt(guess, timeZone);
  const shown = instant + offsetAt(instant, timeZone);
  return shown === wall.getTime() ? instant : undefined;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The offset as the formats below write it: `GMT`, `GMT+09:00`, seconds for local times of old. */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Returns how far the clock of a zone is ahead of UTC, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const format = formats.get(timeZone) ?? zoneFormat(timeZone);
  formats.set(timeZone, format);
  const [, sign, hours, minutes, seconds] = OFFSET.exec(format.format(instant)) ?? [];
  const size = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0);
  return (sign === '-' ? -size : size) * 1000;
}

/** Writes the offset alone: one that writes the whole time takes five times as long. */
function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    timeZoneName: 'longOffset',
    year: 'numeric',
  });
}
