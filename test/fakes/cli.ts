import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, inject } from 'vitest';

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Cli {
  /** The built program, for processes of the test's own. */
  path(): string;
  /**
   * Runs the built program as a child process, without a terminal; all that it writes is kept for
   * `spoken`.
   */
  run(
    args: readonly string[],
    options?: { home?: string; input?: string; env?: Record<string, string> },
  ): Promise<CliResult>;
  /** Everything that every run so far has written to stdout and stderr. */
  spoken(): string;
}

/** Returns the CLI that was built for this test run, with a home of a person for this file. */
export function buildCliForTests(): Cli {
  const program = join(inject('built').cli, 'tokens.js');
  let folder = '';
  let spoken = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-rotator-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: () => program,
    async run(args, { home, input = '', env = {} } = {}) {
      const all = [program, ...(home === undefined ? [] : ['--home', home]), ...args];
      // A home of the person who runs the tests must never be touched.
      const child = spawn(process.execPath, all, {
        env: { ...bareEnv(), HOME: folder, ALLOW_LOOPBACK_HTTP: 'true', ...env },
      });
      const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        exited,
      ]);
      spoken += stdout + stderr;
      return { code, stdout, stderr };
    },
    spoken: () => spoken,
  };
}

function bareEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '' };
}
