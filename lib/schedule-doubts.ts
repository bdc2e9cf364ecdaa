import type { Duration } from 'aws-cdk-lib';
import { cronRuns } from '../lambda/ahead/cron-runs.ts';
import { skippedHours } from '../lambda/ahead/skipped-hours.ts';

const DAY_MS = 86_400_000;
const RATE_UNITS_MS = { minute: 60_000, hour: 3_600_000, day: DAY_MS };
/** Long enough for a yearly schedule and for two springs. */
const HORIZON_MS = 2 * 366 * DAY_MS;

export interface ScheduleToCheck {
  readonly schedule: string;
  readonly timeZone: string;
  /** The age of the last success at which the alarm goes off. */
  readonly successWithin: Duration;
}

/**
 * Returns what the owner of a schedule should know before it is deployed, as sentences: runs that a
 * time zone skips, and pauses that are longer than the alarm allows.
 */
export function scheduleDoubts(
  { schedule, timeZone, successWithin }: ScheduleToCheck,
  now: Date,
): string[] {
  const everyMs = rateMs(schedule);
  if (everyMs !== null) return doubtPause(schedule, everyMs, successWithin);
  const until = new Date(now.getTime() + HORIZON_MS);
  const skipped = skippedHours(timeZone, now, until).filter(({ from, to }) =>
    runsWithin(schedule, from, to),
  );
  const first = skipped[0];
  const skips =
    first === undefined
      ? []
      : [
          `The schedule ${schedule} has no run on ${day(first.from)}: the clocks of ${timeZone} ` +
            `skip ${time(first.from)} to ${time(first.to)} on that day. Choose another hour.`,
        ];
  const met = (run: Date) => skipped.some(({ from, to }) => from <= run && run < to);
  return [...skips, ...doubtPause(schedule, longestPauseMs(schedule, now, met), successWithin)];
}

/** The pause of a `rate(…)` in milliseconds, or null for a `cron(…)`. */
function rateMs(schedule: string): number | null {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (unit === undefined) return null;
  return Number(count) * RATE_UNITS_MS[unit as keyof typeof RATE_UNITS_MS];
}

function runsWithin(schedule: string, from: Date, to: Date): boolean {
  for (const run of cronRuns(schedule, new Date(from.getTime() - 1_000)) ?? []) return run < to;
  return false;
}

/** The longest pause within two years; a schedule of every minute is only looked at for a while. */
function longestPauseMs(schedule: string, now: Date, isSkipped: (run: Date) => boolean): number {
  const until = now.getTime() + HORIZON_MS;
  let last = now.getTime();
  let longest = 0;
  let runs = 0;
  for (const run of cronRuns(schedule, now) ?? []) {
    if (run.getTime() > until || ++runs > 1_000) break;
    if (isSkipped(run)) continue;
    longest = Math.max(longest, run.getTime() - last);
    last = run.getTime();
  }
  return runs > 1_000 ? longest : Math.max(longest, until - last);
}

function doubtPause(schedule: string, pauseMs: number, successWithin: Duration): string[] {
  if (pauseMs < successWithin.toMilliseconds()) return [];
  const days = Math.ceil(pauseMs / DAY_MS);
  return [
    `The schedule ${schedule} pauses for ${days} days, and the alarm "too long since a success" ` +
      `goes off after ${successWithin.toDays()} days. Run more often, or set successWithinDays ` +
      `(property successWithin) to ${days + 1} or more.`,
  ];
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function time(date: Date): string {
  return date.toISOString().slice(11, 16);
}
