import { readScript } from '../../bin/terminal/read-script.ts';
import { type ModelOptions, modelScript } from './model-script.ts';
import { mutants } from './mutants.ts';
import { type Played, play } from './play.ts';
import { makeSchedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { addUp, faultsOf, newSum, type Sum } from './sum.ts';

/**
 * `npm run model -- SCHEDULES SEED`: plays schedules and prints what became of them. `--mutant NAME`
 * takes a rule out, `--only N` plays one schedule, shrinks it where it fails, and prints what
 * happened.
 */
const script = readScript(modelScript());
const [count, seed] = script.processedArgs as [number, number];
const options = script.opts<ModelOptions>();
const mutant = mutants.find(({ name }) => name === options.mutant) ?? null;

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

if (options.only === undefined) {
  const sum = await playAll();
  const { excused, ...figures } = sum;
  const told = {
    seed,
    mutant: mutant?.name ?? 'none',
    ...figures,
    excused: Object.fromEntries(excused),
  };
  console.log(JSON.stringify(told, null, 1));
} else {
  await playOne(options.only);
}
