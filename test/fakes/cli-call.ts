import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A call of the CLI under way, which can be listened to. */
export interface CliCall {
  /**
   * Resolves with the first match in what it has written to stderr so far, or will; rejects when it
   * ends without.
   */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its stdin, open. */
  stdin: Writable;
  ended: Promise<CliResult>;
}

interface CliOptions {
  home?: string;
  input?: string;
  env?: Record<string, string>;
  /** Results go to a terminal of this width, without colours. In the test's process only. */
  columns?: number;
}

export interface Cli {
  /** Makes a call off any terminal. All that it writes is kept for `spoken`. */
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Begins such a call. The caller types what it reads, and ends its stdin. */
  start(args: readonly string[], options?: Omit<CliOptions, 'input'>): CliCall;
  /** Returns everything that every call so far has written to stdout and stderr. */
  spoken(): string;
}

/** The ends of a call's streams that a test holds. `exited` gives its exit code. */
export interface Started {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  exited: Promise<number | null>;
}

/** Returns a CLI of what begins one call. */
export function cliOf(
  begin: (args: readonly string[], env: Record<string, string>, columns?: number) => Started,
): Cli {
  let spoken = '';
  const start: Cli['start'] = (args, { home, env = {}, columns } = {}) => {
    const place = home === undefined ? [] : ['--home', home];
    const surroundings = columns === undefined ? env : { ...env, NO_COLOR: '1' };
    const call = follow(begin([...place, ...args], surroundings, columns));
    void call.ended.then(({ stdout, stderr }) => (spoken += stdout + stderr));
    return call;
  };
  return {
    start,
    run(args, { input = '', ...options } = {}) {
      const call = start(args, options);
      // A call that reads nothing may have ended before.
      call.stdin.on('error', () => {});
      call.stdin.end(input);
      return call.ended;
    },
    spoken: () => spoken,
  };
}

function follow({ stdin, stdout, stderr, exited }: Started): CliCall {
  let said = '';
  const listeners = new Set<() => void>();
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    for (const listener of listeners) {
      listener();
    }
  });
  const ended = Promise.all([exited, text(stdout), new Promise((end) => stderr.once('end', end))])
    // The last words are in `said` only now.
    .then(([code, out]) => ({ code, stdout: out, stderr: said }));
  return {
    stdin,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(said);
          if (match) {
            resolve(match);
          }
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without saying ${pattern}: ${said}`)));
      }),
  };
}
