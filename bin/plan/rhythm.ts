import { clockRuns } from '../../lambda/ahead/schedule-gap.ts';
import type { PlannedRhythm, PlannedTenant } from './planned-tenant.ts';

const DAYS_A_MONTH = 365.25 / 12;
const YEAR_MS = 365.25 * 86_400_000;
const HALF_HOUR_S = 1_800;
/** Tokens that end within this time are refreshed (lib/functions/schedules.ts). */
const HORIZON_S = 2_700;
const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
const RUNS_A_DAY: ReadonlyMap<string, number> = new Map([
  ['minute', 1_440],
  ['hour', 24],
  ['day', 1],
]);

/** Returns how often a schedule runs in a month. */
export function runsAMonth({ expression, timeZone }: PlannedRhythm, now: Date): number {
  if (expression === null) {
    return 0;
  }
  const [, count, unit = ''] = RATE.exec(expression) ?? [];
  const perDay = RUNS_A_DAY.get(unit);
  if (perDay !== undefined) {
    return (perDay / Number(count)) * DAYS_A_MONTH;
  }
  const runs = clockRuns({ expression, timeZone }, now);
  const first = runs[0]?.wall.getTime() ?? 0;
  const last = runs.at(-1)?.wall.getTime() ?? 0;
  return runs.length < 2 ? 0 : (((runs.length - 1) / (last - first)) * YEAR_MS) / 12;
}

/** Returns how many tokens a day are refreshed because they would end. */
export function refreshesADay(
  fleet: readonly PlannedTenant[],
  { keepFresh }: Pick<PlannedRhythm, 'keepFresh'>,
): number {
  if (!keepFresh) {
    return 0;
  }
  const enabled = fleet.filter((tenant) => tenant.enabled);
  return enabled.reduce((sum, { accessLifeS }) => sum + 86_400 / periodOf(accessLifeS), 0);
}

/** Runs come each half hour, and the first within the horizon refreshes. */
function periodOf(accessLifeS: number): number {
  const halfHours = Math.ceil((accessLifeS - HORIZON_S) / HALF_HOUR_S);
  return Math.max(1, halfHours) * HALF_HOUR_S;
}
