import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = resolve(import.meta.dirname, '..', '..');

/** A slow machine is no fault: only a test that never ends fails by its time. */
const PATIENCE = ['--testTimeout=900000', '--hookTimeout=900000'];

/** Describes what came of some tests. */
export interface Tested {
  passed: number;
  failed: number;
  /** Names of the tests that failed. */
  failures: string[];
  /** Everything that they printed. */
  output: string;
}

/** Runs test files of a suite, in the project or a copy of it. */
export async function runTests(
  files: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd: string = ROOT,
): Promise<Tested> {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const projects = ['--project', 'fast', '--project', 'common'];
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...projects, ...PATIENCE, '--reporter=verbose', '--bail=1', ...files],
    {
      cwd,
      env: {
        ...process.env,
        NO_COLOR: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  const output = stdout + stderr;
  const count = (word: string) =>
    Number(new RegExp(`Tests .*?(\\d+) ${word}`).exec(output)?.[1] ?? 0);
  // The name of the test's project comes first, between bars.
  const failures = [...output.matchAll(/^ *FAIL +(?:\|\w+\| )?(.+)$/gm)].map(([, name = '']) =>
    name.trim(),
  );
  return {
    passed: count('passed'),
    failed: count('failed'),
    failures,
    output,
  };
}
