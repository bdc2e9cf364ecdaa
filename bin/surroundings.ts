import type { Readable, Writable } from 'node:stream';

/** What one call of the program finds around it. `process` is one. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Output;
  stderr: Output;
}

/** A stream that may be a terminal. `columns` is its width there. */
type Output = Writable & { isTTY?: boolean; columns?: number };
