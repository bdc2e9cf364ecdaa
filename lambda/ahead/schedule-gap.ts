import { Cron } from 'croner';

/** A schedule as EventBridge Scheduler knows it. */
export interface Schedule {
  /** `rate(…)`, or `cron(…)` with six fields. */
  expression: string;
  /** An IANA name, such as `Europe/Berlin`. */
  timeZone: string;
}

const MINUTE = 60_000;
const YEAR = 366 * 24 * 60 * MINUTE;
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['minute', MINUTE],
  ['hour', 60 * MINUTE],
  ['day', 24 * 60 * MINUTE],
]);
/** Enough for every hour of a year. */
const MAX_OCCURRENCES = 10_000;

/**
 * Returns the longest time, in milliseconds, from one run of a schedule to the next, within two
 * years of `from`. Counts that a run is left out where clocks are put forward over it. Infinity
 * where the schedule does not run twice. Throws for an expression that is no schedule.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function longestGapMs({ expression, timeZone }: Schedule, from: Date): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) return Number(rate[1]) * (UNITS_MS.get(rate[2] ?? '') ?? 0);
  const instants = occurrences(expression, from).flatMap((wall) => instantOf(wall, timeZone) ?? []);
  const gaps = instants.slice(1).map((at, before) => at - (instants[before] ?? at));
  return gaps.reduce((longest, gap) => Math.max(longest, gap), gaps.length === 0 ? Infinity : 0);
}

/** The times on the clock at which it runs, written as if they were UTC. */
function occurrences(expression: string, from: Date): Date[] {
  const runs = new Cron(toCronerPattern(expression), { timezone: 'UTC', mode: '7-part' });
  const found: Date[] = [];
  const until = from.getTime() + 2 * YEAR;
  let next = runs.nextRun(from);
  while (next && next.getTime() < until && found.length < MAX_OCCURRENCES) {
    found.push(next);
    next = runs.nextRun(next);
  }
  return found;
}

const FIELDS = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/;

function toCronerPattern(expression: string): string {
  const match = FIELDS.exec(expression);
  if (!match) throw new Error(`${expression} is no schedule: rate(…), or cron(…) with six fields.`);
  const [, minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = match;
  return [
    '0',
    withSteps(minute, 59),
    withSteps(hour, 23),
    withSteps(day, 31),
    withSteps(month, 12),
    fromSunday(withSteps(weekday, 7)),
    withSteps(year, 2199),
  ].join(' ');
}

/** `5/20` means from 5 on, each 20th. */
function withSteps(field: string, last: number): string {
  return field.replaceAll(/(^|,)(\w+)\//g, `$1$2-${last}/`);
}

/** AWS counts the days of a week from Sunday as 1, and croner as 0. */
function fromSunday(field: string): string {
  const last = field === 'L' ? '7' : field;
  return last.replaceAll(/(^|[,-])(\d)/g, (_, before, day) => `${before}${Number(day) - 1}`);
}

/** The instant of a time on the clock of a zone, or undefined where the clock skips it. */
function instantOf(wall: Date, timeZone: string): number | undefined {
  const offset = offsetAt(wall.getTime(), timeZone);
  const guess = wall.getTime() - offset;
  const instant = wall.getTime() - offsetAt(guess, timeZone);
  const shown = instant + offsetAt(instant, timeZone);
  return shown === wall.getTime() ? instant : undefined;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clock of a zone is ahead of UTC, in milliseconds. */
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
