import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export const ROOT = resolve(import.meta.dirname, '..', '..');

/** A slow machine is no fault: only a test that never ends fails by its time. */
const PATIENCE = ['--testTimeout=900000', '--hookTimeout=900000'];

/** Says which tests to run, and how. */
interface Tests {
  files: readonly string[];
  projects: readonly ('fast' | 'common')[];
  env?: Readonly<Record<string, string>>;
  /** The project, or a copy of it. */
  cwd?: string;
}

/** Describes what came of some tests. */
export interface Tested {
  /** False where the time was over before the tests were. */
  hasEnded: boolean;
  passed: number;
  failed: number;
  skipped: number;
  /** Names of the tests that failed. */
  failures: string[];
  /** Everything that they printed. */
  output: string;
}

/** Runs tests in a process of their own. Ends it, and all that it started, at `until`. */
export async function runTests(tests: Tests, until: number): Promise<Tested> {
  const { files, projects, env, cwd = ROOT } = tests;
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const choice = projects.flatMap((one) => ['--project', one]);
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...choice, ...PATIENCE, '--reporter=verbose', '--bail=1', ...files],
    {
      cwd,
      env: {
        ...process.env,
        NO_COLOR: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that it can be ended with the processes that it starts.
      detached: true,
    },
  );
  const output = await outputOf(child, until);
  const count = (word: string) =>
    Number(new RegExp(`Tests .*?(\\d+) ${word}`).exec(output)?.[1] ?? 0);
  // The name of the test's project comes first, between bars.
  const failures = [...output.matchAll(/^ *FAIL +(?:\|\w+\| )?(.+)$/gm)].map(([, line = '']) =>
    line.trim(),
  );
  return {
    hasEnded: child.signalCode === null,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    failures,
    output,
  };
}

async function outputOf(child: ChildProcess, until: number): Promise<string> {
  const end = () => endGroup(child);
  // Nothing outlives a proof that is interrupted.
  process.once('exit', end);
  const timer = setTimeout(end, Math.max(0, until - Date.now()));
  const { stdout, stderr } = child;
  const [out, err] = await Promise.all([
    stdout ? text(stdout) : '',
    stderr ? text(stderr) : '',
    once(child, 'close'),
  ]);
  clearTimeout(timer);
  process.removeListener('exit', end);
  return out + err;
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) {
    return;
  }
  process.kill(-pid, 'SIGKILL');
}
