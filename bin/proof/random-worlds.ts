import type { Part } from './part.ts';
import { runTests } from './run-tests.ts';

/** Few, so that a slow machine does not take too long for one batch. */
const AT_ONCE = 100;

/** Runs random worlds, from one seed after the other, until an instant. */
export async function proveRandomWorlds(firstSeed: number, until: number): Promise<Part> {
  let worlds = 0;
  let seed = firstSeed;
  const failures: string[] = [];
  do {
    const { failed, passed, output } = await runTests(
      ['test/lambda/run/random-schedules.test.ts'],
      { SCHEDULES: String(AT_ONCE), SEED: String(seed) },
    );
    if (failed > 0 || passed === 0)
      failures.push(`seed ${seed}: ${/Error: .*/.exec(output)?.[0] ?? 'no test ran'}`);
    worlds += AT_ONCE;
    seed += 1;
  } while (Date.now() < until);
  return {
    what:
      'Random worlds: runs, crashes, freezes, edits, old maps and states, stale reads, outages, ' +
      'lost answers',
    tried: `${worlds.toLocaleString('en')} worlds, seeds ${firstSeed} to ${seed - 1}`,
    found: failures.length === 0 ? 'nothing lost, no spent token sent' : failures.join('; '),
    isSound: failures.length === 0,
  };
}
