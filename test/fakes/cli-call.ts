import { type ChildProcess, spawn } from 'node:child_process';
import type { Cli, CliResult } from './cli.ts';

/** A call of the CLI under way, which can be listened to. */
export interface CliCall {
  /**
   * Resolves with the first match in what it has written to stderr so far, or will; rejects when it
   * ends without.
   */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its stdin, open. */
  stdin: NonNullable<ChildProcess['stdin']>;
  ended: Promise<CliResult>;
}

/** Starts the built CLI in a process of its own, off any terminal. */
export function startCli(cli: Cli, home: string, args: readonly string[]): CliCall {
  const env = { PATH: process.env.PATH ?? '', HOME: home, ALLOW_LOOPBACK_HTTP: 'true' };
  const child = spawn(process.execPath, [cli.path(), '--home', home, ...args], {
    env,
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<CliResult>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return {
    stdin: child.stdin,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stderr);
          if (match) resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without saying ${pattern}: ${stderr}`)));
      }),
  };
}
