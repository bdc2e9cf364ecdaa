import { cronRuns } from './cron-runs.ts';
import { instantOf } from './wall-clock.ts';

/** A schedule as EventBridge Scheduler knows it. */
export interface Schedule {
  /** `rate(…)`, or `cron(…)` with six fields. */
  expression: string;
  /** An IANA name, such as `Europe/Berlin`. */
  timeZone: string;
}

/** A time on the clock, written as if it were UTC, and the instant at which clocks show it. */
export interface ClockRun {
  wall: Date;
  /** In milliseconds since the epoch; undefined where the clocks skip that time. */
  instant: number | undefined;
}

const MINUTE = 60_000;
const YEAR = 366 * 24 * 60 * MINUTE;
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['minute', MINUTE],
  ['hour', 60 * MINUTE],
  ['day', 24 * 60 * MINUTE],
]);
/** Enough for every hour of a year. */
const MAX_RUNS = 10_000;

/**
 * Returns the longest time, in milliseconds, without a run within two years of `from`. Counts that a
 * run is left out where clocks are put forward over it. Infinity for a schedule that ends in that
 * time, or does not run twice. Throws for an expression that is no schedule.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function longestGapMs(schedule: Schedule, from: Date): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule.expression);
  if (rate) {
    return Number(rate[1]) * (UNITS_MS.get(rate[2] ?? '') ?? 0);
  }
  const runs = clockRuns(schedule, from);
  const instants = runs.flatMap(({ instant }) => instant ?? []);
  if (instants.length < 2 || hasEnd(schedule, runs)) {
    return Number.POSITIVE_INFINITY;
  }
  const gaps = instants.map((at, index) => at - (instants[index - 1] ?? from.getTime()));
  return Math.max(...gaps);
}

/** Tells whether a schedule has no run after these. */
function hasEnd({ expression }: Schedule, runs: readonly ClockRun[]): boolean {
  const last = runs.at(-1);
  const [next] = last === undefined ? [] : (cronRuns(expression, last.wall) ?? []);
  return next === undefined;
}

/**
 * Returns the runs of a `cron(…)` within two years of `from`, ten thousand at most. Throws for an
 * expression that is none.
 */
export function clockRuns({ expression, timeZone }: Schedule, from: Date): ClockRun[] {
  const runs = cronRuns(expression, from);
  if (runs === null) {
    throw new Error(`${expression} is no schedule: rate(…), or cron(…) with six fields.`);
  }
  const found: ClockRun[] = [];
  for (const wall of runs) {
    if (wall.getTime() >= from.getTime() + 2 * YEAR || found.length === MAX_RUNS) {
      break;
    }
    found.push({ wall, instant: instantOf(wall, timeZone) });
  }
  return found;
}
