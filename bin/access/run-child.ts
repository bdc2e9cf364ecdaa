import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CommandError } from '../errors.ts';

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Runs a program with more variables in its environment, and returns its exit code. Signals go to
 * it, and a signal that ends it ends this process. Throws CommandError where it cannot be started.
 */
export async function runChild(
  [file = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  if (file === '' || file.includes('\0')) {
    throw notStarted(file);
  }
  const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  // The terminal sends Ctrl-C to the program as well. It decides.
  const ignore = () => {};
  for (const signal of FORWARDED) {
    process.on(signal, forward);
  }
  process.on('SIGINT', ignore);
  try {
    const { code, signal } = await ended(child, file);
    if (signal === null) {
      return code ?? 1;
    }
    endBy(signal, forward);
    // Node ignores some signals, such as SIGPIPE. A shell tells them so.
    return 128 + constants.signals[signal];
  } finally {
    for (const signal of FORWARDED) {
      process.off(signal, forward);
    }
    process.off('SIGINT', ignore);
  }
}

function notStarted(file: string): CommandError {
  return new CommandError(`The program ${file === '' ? '""' : file} cannot be started.`, {
    nextStep: 'Check its name and its path',
  });
}

function ended(
  child: ReturnType<typeof spawn>,
  file: string,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', () => reject(notStarted(file)));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** A shell learns of the signal only if this process dies of it, too. */
function endBy(signal: NodeJS.Signals, forward: (signal: NodeJS.Signals) => void): void {
  for (const one of FORWARDED) {
    process.off(one, forward);
  }
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, signal);
}
