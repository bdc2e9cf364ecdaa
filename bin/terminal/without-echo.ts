import type { Terminal } from './terminal.ts';

const CTRL_C = 3;

/**
 * Works while nothing that is typed is shown. A terminal echoes all that comes between two
 * questions. What is typed meanwhile is dropped; Ctrl-C still ends the process.
 */
export async function withoutEcho<T>(
  { interactive }: Terminal,
  work: () => Promise<T>,
): Promise<T> {
  const { stdin } = process;
  if (!interactive) {
    return work();
  }
  const heed = (typed: Buffer) => {
    if (typed.includes(CTRL_C)) {
      process.kill(process.pid, 'SIGINT');
    }
  };
  stdin.setRawMode(true).on('data', heed).resume();
  try {
    return await work();
  } finally {
    stdin.off('data', heed).pause().setRawMode(false);
  }
}
