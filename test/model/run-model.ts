import { mutants } from './mutants.ts';
import { type Played, play } from './play.ts';
import { makeSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { addUp, faultsOf, newSum, type Sum } from './sum.ts';

/**
 * `npm run model -- SCHEDULES SEED`: plays schedules and prints what became of them.
 * `MUTANT=name` takes a rule out, `ONLY=n` plays one schedule, shrinks it where it fails, and
 * prints what happened.
 */
const [count = 200, seed = 1] = process.argv.slice(2).map(Number);
const { MUTANT, ONLY } = process.env;
const mutant = mutants.find(({ name }) => name === MUTANT) ?? null;
if (MUTANT && !mutant) {
  throw new Error(`MUTANT is one of ${mutants.map(({ name }) => name).join(', ')}`);
}

const seedOf = (index: number) => seed * 1_000_000 + index;

async function playAll(): Promise<Sum> {
  const sum = newSum();
  for (let index = 0; index < count; index++) {
    const played = await play(makeSchedule(seedOf(index)), mutant);
    addUp(sum, played);
    for (const fault of faultsOf(played)) {
      console.log(`schedule ${index}: ${fault}`);
    }
  }
  return sum;
}

async function playOne(index: number): Promise<void> {
  const schedule = makeSchedule(seedOf(index));
  const kindsOf = (one: Played) => faultsOf(one).map((fault) => fault.split(' ', 2).join(' '));
  const [kind] = kindsOf(await play(schedule, mutant));
  const smallest =
    kind === undefined
      ? schedule
      : await shrink(schedule, async (one) => kindsOf(await play(one, mutant)).includes(kind));
  const played = await play(smallest, mutant);
  console.log(JSON.stringify(smallest.happenings));
  console.log(played.world.log.join('\n'));
  console.log(faultsOf(played).join('\n'));
}

if (ONLY === undefined) {
  const sum = await playAll();
  const { excused, ...figures } = sum;
  const told = { seed, mutant: MUTANT ?? 'none', ...figures, excused: Object.fromEntries(excused) };
  console.log(JSON.stringify(told, null, 1));
} else {
  await playOne(Number(ONLY));
}
