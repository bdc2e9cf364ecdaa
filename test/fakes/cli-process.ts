import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import { personForFile } from './cli.ts';
import { type Cli, cliOf } from './cli-call.ts';

interface CliProcesses extends Cli {
  /** The built program, for processes of the test's own. */
  path(): string;
}

/**
 * Returns the CLI that was built for this test run. Each call is a process of its own, which takes
 * some 20 times as long as a call in the test's process.
 */
export function cliProcesses(): CliProcesses {
  const program = join(inject('built').cli, 'tokens.js');
  const person = personForFile();
  const cli = cliOf((args, env) => {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...person.env(), ...env },
    });
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited };
  });
  return { ...cli, path: () => program };
}
