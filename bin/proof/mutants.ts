import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runTests } from './run-tests.ts';

const PARTS = ['bin', 'lambda', 'lib', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** All tests that hold the promise. */
const ALL_TESTS = ['test/lambda/run', 'test/lambda/keep', 'test/lambda/ask', 'test/lambda/history'];

/** A fault that is put into the protocol, to see that a test finds it. */
interface Mutant {
  what: string;
  file: string;
  /** A text that is in the file exactly once. */
  text: string;
  instead: string;
  /** Tests that find it in seconds. */
  foundIn: string;
}

/** Describes what became of a mutant. */
export interface MutantResult {
  what: string;
  verdict: 'found' | 'missed' | 'unfinished';
  /** What found it, or null. */
  by: string | null;
}

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'never puts the current credential back into the map',
    file: 'lambda/history/restore.ts',
    text: 'put: current === refreshToken ? null : current,',
    instead: 'put: null,',
    foundIn: 'test/lambda/run/every-outcome.test.ts',
  },
  {
    what: 'takes the first answer for current, not the newest',
    file: 'lambda/history/learn.ts',
    text: 'if (stamp <= family.stamp && !isAgain) {',
    instead: 'if (family.current !== null && !isAgain) {',
    foundIn: 'test/lambda/history/learn.test.ts',
  },
  {
    what: 'takes an old copy of the map for a new sharing',
    file: 'lambda/history/restore.ts',
    text: 'isEarlier && issuedAt(family, credential) < membership.joined',
    instead: 'isEarlier && membership.joined === null',
    foundIn: 'test/lambda/run/never-lost.test.ts',
  },
  {
    what: 'goes on before the archive has the answer',
    file: 'lambda/ask/exchange-once.ts',
    text: 'await offering.keepOn(own, archived);',
    instead: 'void offering.keepOn(own, archived);',
    foundIn: 'test/lambda/ask/slow-archive.test.ts',
  },
  {
    what: 'takes an answer that the archive refused for archived',
    file: 'lambda/keep/keep-offering.ts',
    text: 'run.gate.refused(key, error);\n    return false;',
    instead: 'return true;',
    foundIn: 'test/lambda/run/run-stores.test.ts',
  },
  {
    what: 'commits without reading the map again',
    file: 'lambda/keep/commit.ts',
    text: 'if (!isRead) {',
    instead: 'if (!isRead && run.vault.text === null) {',
    foundIn: 'test/lambda/run/every-outcome.test.ts',
  },
  {
    what: 'files in the order of a clock that may be set back',
    file: 'lambda/keep/shard-run.ts',
    text: 'Math.max(run.stampedAt, run.ports.clock.now())',
    instead: 'run.ports.clock.now()',
    foundIn: 'test/lambda/run/never-lost.test.ts',
  },
  {
    what: 'takes a lease without watching it',
    file: 'lambda/keep/take-lease.ts',
    text: 'return lease === null || watch.isOver()',
    instead: 'return lease === null || watch.hasBegun()',
    foundIn: 'test/lambda/keep/lease.test.ts',
  },
  {
    what: 'starts an exchange at the end of its lease',
    file: 'lambda/ask/wait-until-free.ts',
    text: 'run.lease.leftMs() >= LEASE_NEEDED_MS &&',
    instead: 'run.lease.leftMs() >= 0 * LEASE_NEEDED_MS &&',
    foundIn: 'test/lambda/keep/mark-code.test.ts',
  },
  {
    what: 'sends a credential again at once whenever an answer is lost',
    file: 'lambda/ask/next-step.ts',
    text: '!tries.isResent && now < tries.forgivenUntil',
    instead: 'now < tries.forgivenUntil',
    foundIn: 'test/lambda/ask/retries.test.ts',
  },
  {
    what: 'sends a code a second time',
    file: 'lambda/ask/next-step.ts',
    text: "if (sending.kind === 'code' && !isUnsent) {",
    instead: "if (sending.kind === 'code' && tries.made > 2) {",
    foundIn: 'test/lambda/run/every-outcome.test.ts',
  },
];

/**
 * Runs one mutant after the other, each with the tests that are known to find it. One that they do
 * not find meets all tests of the promise at the end.
 */
export async function runMutants(
  until: number,
  note: (text: string) => void,
): Promise<MutantResult[]> {
  const copy = await mkdtemp(join(tmpdir(), 'token-rotator-mutants-'));
  try {
    for (const part of PARTS) {
      await cp(join(ROOT, part), join(copy, part), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const results: MutantResult[] = [];
    for (const mutant of MUTANTS) {
      results.push(await runMutant(mutant, copy, [mutant.foundIn], until));
      note(`${results.length} of ${MUTANTS.length} put in`);
    }
    for (const [index, mutant] of MUTANTS.entries()) {
      if (results[index]?.verdict === 'missed') {
        results[index] = await runMutant(mutant, copy, ALL_TESTS, until);
      }
    }
    return results;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Changes one line of a copy of the project, runs tests there, and changes it back. */
async function runMutant(
  { what, file, text, instead }: Mutant,
  copy: string,
  files: readonly string[],
  until: number,
): Promise<MutantResult> {
  const path = join(copy, file);
  const source = await readFile(path, 'utf8');
  if (source.split(text).length !== 2) {
    throw new Error(`${file} does not hold this text once, so it cannot be changed: ${text}`);
  }
  await writeFile(
    path,
    source.replace(text, () => instead),
  );
  const projects = files === ALL_TESTS ? (['fast', 'common'] as const) : (['fast'] as const);
  const { hasEnded, failed, failures } = await runTests({ files, projects, cwd: copy }, until);
  await writeFile(path, source);
  if (failed > 0) {
    return { what, verdict: 'found', by: failures[0] ?? 'a test' };
  }
  return { what, verdict: hasEnded ? 'missed' : 'unfinished', by: null };
}
