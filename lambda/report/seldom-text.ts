const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A tenant that lives for too short a time without a renewal, as tooSeldom finds it. */
interface Seldom {
  lifeMs: number;
  gapMs: number | null;
  everyDays: number | null;
}

/** Returns that a schedule cannot keep a tenant alive, and the setting that would. */
export function seldomText({ lifeMs, gapMs, everyDays }: Seldom): string {
  const life = `it lives for ${spanText(lifeMs)} without a renewal`;
  if (gapMs === null) {
    return `${life}, and no schedule renews it. ${homeRemedy(everyDays)}`;
  }
  const gap = `the schedule renews it after up to ${spanText(gapMs)}`;
  return `${life}, and ${gap}: deploy with ${stackRemedy(everyDays)}`;
}

function homeRemedy(everyDays: number | null): string {
  const often =
    everyDays === null ? 'several times a day' : `at least every ${plural(everyDays, 'day')}`;
  return `Run ${often}: tokens rotate`;
}

function stackRemedy(everyDays: number | null): string {
  return everyDays === null
    ? '-c keepFresh=true'
    : `-c "schedule=rate(${plural(everyDays, 'day')})"`;
}

function spanText(ms: number): string {
  return ms < 2 * DAY_MS
    ? plural(Math.round(ms / HOUR_MS), 'hour')
    : plural(Math.round(ms / DAY_MS), 'day');
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
