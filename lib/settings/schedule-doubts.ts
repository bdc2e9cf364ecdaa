import type { Duration } from 'aws-cdk-lib';
import { clockRuns, longestGapMs } from '../../lambda/ahead/schedule-gap.ts';

const DAY_MS = 86_400_000;

export interface ScheduleToCheck {
  readonly schedule: string;
  readonly timeZone: string;
  /** The age of the last success at which the alarm goes off. */
  readonly successWithin: Duration;
}

/**
 * Returns what the owner of a schedule should know before it is deployed, as sentences, the first
 * run that its time zone skips, and a pause that is longer than the alarm allows.
 */
export function scheduleDoubts(checked: ScheduleToCheck, now: Date): string[] {
  return [...doubtHour(checked, now), ...doubtPause(checked, now)];
}

function doubtHour({ schedule, timeZone }: ScheduleToCheck, now: Date): string[] {
  if (!schedule.startsWith('cron')) {
    return [];
  }
  const runs = clockRuns({ expression: schedule, timeZone }, now);
  const skipped = runs.find(({ instant }) => instant === undefined);
  if (skipped === undefined) {
    return [];
  }
  const [day, time] = skipped.wall.toISOString().split('T');
  return [
    `The schedule ${schedule} has no run on ${day}: on that day the clocks of ${timeZone} skip ` +
      `${time?.slice(0, 5)}. Choose another hour.`,
  ];
}

function doubtPause({ schedule, timeZone, successWithin }: ScheduleToCheck, now: Date): string[] {
  const pauseMs = longestGapMs({ expression: schedule, timeZone }, now);
  if (pauseMs < successWithin.toMilliseconds()) {
    return [];
  }
  const patience = successWithin.toDays();
  const alarm = `the alarm "too long since a success" goes off after ${patience} days`;
  if (pauseMs === Number.POSITIVE_INFINITY) {
    return [`The schedule ${schedule} ends, or does not run twice within two years, and ${alarm}.`];
  }
  const days = Math.ceil(pauseMs / DAY_MS);
  return [
    `The schedule ${schedule} pauses for ${days} days, and ${alarm}. Run more often, or set ` +
      `successWithinDays (property successWithin) to ${days + 1} or more.`,
  ];
}
