import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { runCli } from '../../bin/run-cli.ts';
import { type Cli, cliOf } from './cli-call.ts';

/**
 * Returns the CLI as `tokens` runs it, in the process of the test, with a home of a person for this
 * file. What only a process can show (signals, arguments, a closed stdout) needs `cliProcesses`.
 */
export function cliInProcess(): Cli {
  const person = personForFile();
  return cliOf((args, env, columns) => {
    const screen = columns === undefined ? {} : { isTTY: true, columns };
    const streams = {
      stdin: new PassThrough(),
      stdout: Object.assign(new PassThrough(), screen),
      stderr: new PassThrough(),
    };
    const exited = runCli(args, { env: { ...person.env(), ...env }, ...streams });
    void exited.finally(() => {
      streams.stdout.end();
      streams.stderr.end();
    });
    return { ...streams, exited };
  });
}

/** The home of the person who runs the tests is never touched. Test servers may be asked. */
export function personForFile(): { env: () => Record<string, string> } {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-rotator-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    env: () => ({
      PATH: process.env.PATH ?? '',
      HOME: folder,
      ALLOW_LOOPBACK_HTTP: 'true',
    }),
  };
}
