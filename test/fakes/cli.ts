import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import { buildCli } from '../../bin/build-cli.ts';

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

/** Builds the CLI once for the tests of a file. */
export function buildCliForTests(): Cli {
  let folder = '';
  let spoken = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'token-rotator-cli-'));
    await buildCli(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: () => join(folder, 'tokens.js'),
    async run(args, { home, input = '', env = {} } = {}) {
      const all = [
        join(folder, 'tokens.js'),
        ...(home === undefined ? [] : ['--home', home]),
        ...args,
      ];
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
