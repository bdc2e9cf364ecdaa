import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTests } from './run-tests.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const PARTS = ['bin', 'lambda', 'lib', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** The tests that hold the promise. */
const TESTS = ['test/lambda/run', 'test/lambda/keep', 'test/lambda/ask', 'test/lambda/history'];

/** A fault that is put into the protocol, to see that a test finds it. */
interface Mutant {
  what: string;
  file: string;
  /** A text that is in the file exactly once. */
  text: string;
  instead: string;
}

/** Describes what became of a mutant, the test that found it, or null where none did. */
export interface MutantResult {
  what: string;
  caughtBy: string | null;
}

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'never puts the current credential back into the map',
    file: 'lambda/history/restore.ts',
    text: 'put: current === refreshToken ? null : current,',
    instead: 'put: null,',
  },
  {
    what: 'takes the first answer for current, not the newest',
    file: 'lambda/history/families.ts',
    text: 'if (stamp <= family.stamp) return;',
    instead: 'if (family.current !== null) return;',
  },
  {
    what: 'takes an old copy of the map for a new sharing',
    file: 'lambda/history/restore.ts',
    text: 'isEarlier && issuedAt(family, credential) < membership.joined',
    instead: 'isEarlier && membership.joined === null',
  },
  {
    what: 'goes on before the archive has the answer',
    file: 'lambda/ask/exchange-once.ts',
    text: 'await offering.archive(own);',
    instead: 'void offering.archive(own);',
  },
  {
    what: 'offers an answer to the archive only once',
    file: 'lambda/keep/keep-offering.ts',
    text: 'if ((await offer(run, own)) || isOffering) return;',
    instead: 'if ((await offer(run, own)) || isOffering || own) return;',
  },
  {
    what: 'commits without reading the map again',
    file: 'lambda/keep/commit.ts',
    text: 'if (!isRead) await rereadVault(run);',
    instead: 'if (!isRead && run.vault.text === null) await rereadVault(run);',
  },
  {
    what: 'takes a lease without watching it',
    file: 'lambda/keep/lease.ts',
    text: 'return lease === null || watch.isOver()',
    instead: 'return lease === null || watch.hasBegun()',
  },
  {
    what: 'starts an exchange at the end of its lease',
    file: 'lambda/ask/ask-tenant.ts',
    text: 'run.lease.leftMs() >= LEASE_NEEDED_MS &&',
    instead: 'run.lease.leftMs() >= 0 * LEASE_NEEDED_MS &&',
  },
  {
    what: 'sends a credential without an answer more than twice',
    file: 'lambda/ask/next-step.ts',
    text: 'return !tries.isResent && within > 0',
    instead: 'return within > 0',
  },
  {
    what: 'sends a code a second time',
    file: 'lambda/ask/next-step.ts',
    text: "if (sending.kind === 'code' && !isUnsent) return { do: 'end' };",
    instead: "if (sending.kind === 'code' && tries.made > 2) return { do: 'end' };",
  },
];

/**
 * Runs the tests on one mutant after the other, each in a copy of the project, until an instant.
 */
export async function runMutants(until: number): Promise<MutantResult[]> {
  const results: MutantResult[] = [];
  for (const mutant of MUTANTS) {
    if (Date.now() >= until) break;
    results.push(await runMutant(mutant));
  }
  return results;
}

async function runMutant({ what, file, text, instead }: Mutant): Promise<MutantResult> {
  const copy = await mkdtemp(join(tmpdir(), 'token-rotator-mutant-'));
  try {
    for (const part of PARTS) await cp(join(ROOT, part), join(copy, part), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const source = await readFile(join(copy, file), 'utf8');
    if (source.split(text).length !== 2)
      throw new Error(`${file} does not hold this text once, so it cannot be changed: ${text}`);
    await writeFile(
      join(copy, file),
      source.replace(text, () => instead),
    );
    const { failed, failures } = await runTests(TESTS, { SCHEDULES: '150' }, copy);
    return { what, caughtBy: failed > 0 ? (failures[0] ?? 'a test') : null };
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
