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

/** Returns how far the clock of a zone is ahead of UTC, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const format = formats.get(timeZone) ?? zoneFormat(timeZone);
  formats.set(timeZone, format);
  const parts = new Map<string, number>(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: string) => parts.get(name) ?? 0;
  const [hour, minute, second] = [part('hour'), part('minute'), part('second')];
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), hour, minute, second);
  return shown - Math.floor(instant / 1000) * 1000;
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
