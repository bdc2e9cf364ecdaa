import { Cron } from 'croner';

/**
 * The most that each field may say, in the order minutes, hours, day of month, month, day of week,
 * year.
 */
const HIGHEST = [59, 23, 31, 12, 7, 2199];
const DAY_OF_WEEK = 4;
const FIELD = /^[0-9A-Z*?,/#-]+$/i;

/** Leap days are up to eight years apart. */
const YEARS_AHEAD = 12;

/**
 * Returns the dates on which a `cron(…)` of EventBridge Scheduler runs after `after`, the oldest
 * first, as wall-clock times written as if they were UTC. Null for a text that is no such
 * expression. Looks twelve years ahead.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function cronRuns(expression: string, after: Date): Iterable<Date> | null {
  const [, inner = ''] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const fields = inner.split(' ');
  const isWellFormed =
    fields.length === HIGHEST.length &&
    fields.every((field) => FIELD.test(field)) &&
    hasOneDayField(fields) &&
    hasDaysOfWeek(fields);
  if (!isWellFormed) {
    return null;
  }
  const pattern = ['0', ...fields.map(toRange)].join(' ');
  try {
    return runsOf(new Cron(boundYears(pattern, after), OPTIONS), after);
  } catch {
    return null;
  }
}

/** Sunday is 1, and a run needs both day fields to match, of which one is always `?`. */
const OPTIONS = {
  // Costs no conversion: by its name the zone would be looked up for each run.
  utcOffset: 0,
  mode: '7-part',
  alternativeWeekdays: true,
  domAndDow: true,
  paused: true,
} as const;

function* runsOf(cron: Cron, after: Date): Generator<Date> {
  let run = cron.nextRun(after);
  while (run !== null) {
    yield run;
    run = cron.nextRun(run);
  }
}

/** AWS wants a day of the month or a day of the week, and `?` in the other field. */
function hasOneDayField([, , dayOfMonth, , dayOfWeek]: readonly string[]): boolean {
  return (dayOfMonth === '?') !== (dayOfWeek === '?');
}

/** Days of the week are 1 to 7. Steps and the numbers of weeks do not count. */
function hasDaysOfWeek(fields: readonly string[]): boolean {
  const days = (fields[DAY_OF_WEEK] ?? '').replace(/[#/]\d+/g, '');
  return !/[089]/.test(days);
}

/**
 * AWS writes `5/15` for "from 5 on, every 15", and `L` for Saturday. The library wants the end of
 * the range, and the number of the day.
 */
function toRange(field: string, index: number): string {
  if (index === DAY_OF_WEEK && field.toUpperCase() === 'L') {
    return '7';
  }
  return field.replace(/(^|,)(\d+)\//g, `$1$2-${HIGHEST[index]}/`);
}

/** Without an end the library looks for a 31 June until its stack is full. */
function boundYears(pattern: string, after: Date): string {
  const year = after.getUTCFullYear();
  return pattern.replace(/ \*$/, ` ${year}-${year + YEARS_AHEAD}`);
}
