import type { Schedule } from './schedule.ts';

/** Takes happenings out of a schedule while `fails` still says so of the rest. */
export async function shrink(
  schedule: Schedule,
  fails: (smaller: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  let smallest = schedule;
  for (
    let size = Math.ceil(schedule.happenings.length / 2);
    size >= 1;
    size = Math.floor(size / 2)
  ) {
    for (let at = 0; at < smallest.happenings.length; ) {
      const happenings = smallest.happenings.toSpliced(at, size);
      const smaller = { ...smallest, happenings };
      if (await fails(smaller)) {
        smallest = smaller;
      } else {
        at += size;
      }
    }
  }
  return smallest;
}
