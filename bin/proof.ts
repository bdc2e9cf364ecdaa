import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { parseArgs, promisify } from 'node:util';
import { MUTANTS, runMutants } from './proof/mutants.ts';
import { formatPage } from './proof/page.ts';
import { proveRandomWorlds } from './proof/random-worlds.ts';
import { proveByTests } from './proof/test-parts.ts';
import { proveTorture } from './proof/torture.ts';
import { measureWindow } from './proof/window.ts';

/**
 * `npm run proof -- --minutes N --seed N --out FILE`: tries to lose a token in every way that is
 * known, for about so long, and writes what was tried and found as a page. Ends with 1 when a token
 * was lost or a fault that was put in was not found.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    out: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const startedAt = Date.now();
const lengthMs = Number(values.minutes) * 60_000;
/** Returns the instant when a share of the time is over. */
const at = (share: number) => startedAt + share * lengthMs;
const say = (text: string) => console.error(text);

say(`The proof takes about ${values.minutes} minutes. Seed ${seed}.`);
const window = await measureWindow();
say('Kill points, races, canaries, and mutants beside them …');
const mutating = runMutants(at(0.8));
const tested = await proveByTests();
say('Random worlds …');
const worlds = await proveRandomWorlds(seed, at(0.8));
const mutants = await mutating;
say('Torture …');
const torture = await proveTorture(seed, at(1));
const parts = [...tested, worlds, torture];
const page = formatPage({
  date: new Date().toISOString().slice(0, 10),
  commit: await commitOf(),
  node: process.version,
  minutes: (Date.now() - startedAt) / 60_000,
  parts,
  mutants,
  allMutants: MUTANTS.length,
  window,
});
if (values.out) await writeFile(values.out, page);
else console.log(page);
const isSound = parts.every((part) => part.isSound);
if (!isSound || mutants.some(({ caughtBy }) => caughtBy === null)) process.exitCode = 1;

/** Returns the commit that is tested, or `unknown` outside a clone. */
async function commitOf(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD']);
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
