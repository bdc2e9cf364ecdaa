import { writeFile } from 'node:fs/promises';
import { readConditions } from './bench/conditions.ts';
import { killPoints } from './proof/kill-points.ts';
import { runMutants } from './proof/mutants.ts';
import { formatPage, isGood } from './proof/page.ts';
import { createProgress } from './proof/progress.ts';
import { type ProofOptions, proofScript } from './proof/proof-script.ts';
import { runRules } from './proof/rules.ts';
import { runStages } from './proof/run-stages.ts';
import { canaries, openIdProvider, races } from './proof/test-stages.ts';
import { tortureFrom } from './proof/torture.ts';
import { measureWindow } from './proof/window.ts';
import { modelWorlds, randomWorlds } from './proof/worlds.ts';
import { readScript } from './terminal/read-script.ts';

/**
 * `npm run proof -- --minutes N --seed N --out FILE`: tries to lose a token in every way that is
 * known, for so long, and writes what was tried and found as a page. Ends with 1 when a token was
 * lost, a fault that was put in was not found, or the time did not reach for everything.
 */
const options = readScript(proofScript()).opts<ProofOptions>();
const { minutes, seed = Date.now() % 1_000_000, out } = options;

// Lets the tests that run now be ended on the way out.
process.once('SIGINT', () => process.exit(130));
const startedAt = Date.now();
const endAt = startedAt + minutes * 60_000;
const say = (line: string) => console.error(line);
const progress = createProgress(endAt, say);
const conditions = await readConditions();

say(`The proof takes ${minutes} minutes. Seed ${seed}.`);
const window = await measureWindow();
const rules = await runRules();
progress.begin('Faults', endAt);
const [mutants, parts] = await Promise.all([
  runMutants(endAt, (text) => progress.end('Faults', text)),
  runStages(
    [
      killPoints,
      canaries,
      openIdProvider,
      races,
      randomWorlds(seed),
      modelWorlds(seed),
      tortureFrom(seed),
    ],
    endAt,
    progress,
  ),
]);
const proof = {
  command: `npm run proof -- --minutes ${minutes} --seed ${seed}`,
  ...conditions,
  minutes: (Date.now() - startedAt) / 60_000,
  parts,
  mutants: [...mutants, ...rules],
  window,
};
const page = formatPage(proof);
if (out) {
  await writeFile(out, page);
} else {
  console.log(page);
}
if (!isGood(proof)) {
  process.exitCode = 1;
}
