import { play } from './play.ts';
import { makeSchedule } from './schedule.ts';
import { addUp, faultsOf, newSum, type Sum } from './sum.ts';

/** Says where the schedules of the tests begin. */
const SEED = Number(process.env.SEED ?? 2);
/** Says how many schedules the long tests play, half of them in each of two files. */
export const SCHEDULES = Number(process.env.SCHEDULES ?? 0);

/** Plays the schedules of SEED with these numbers, and prints and returns what became of them. */
export async function playMany(
  from: number,
  to: number,
): Promise<{ faults: readonly string[]; judged: number }> {
  const sum: Sum = newSum();
  const faults: string[] = [];
  for (let index = from; index < to; index++) {
    const played = await play(makeSchedule(SEED * 1_000_000 + index));
    addUp(sum, played);
    faults.push(...faultsOf(played).map((fault) => `schedule ${index}: ${fault}`));
  }
  console.info(`seed ${SEED}:`, { from, ...sum, excused: Object.fromEntries(sum.excused) });
  return { faults, judged: sum.judged };
}
