import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { promisify } from 'node:util';

/** Where and when something is measured or tried. */
export interface Conditions {
  date: string;
  commit: string;
  machine: string;
}

/** Returns the conditions of this instant. Ask before the work begins: it makes load of its own. */
export async function readConditions(): Promise<Conditions> {
  const [load = 0] = loadavg();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: await readCommit(),
    machine: `Node ${process.version}, ${cpus().length} cores, load ${load.toFixed(1)} at the start`,
  };
}

/** Returns the commit, and whether it was changed. */
async function readCommit(): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args)).stdout.trim();
  try {
    const changes = await git('status', '--porcelain');
    const name = await git('rev-parse', '--short', 'HEAD');
    return `commit ${name}${changes === '' ? '' : ' with changes that are not committed'}`;
  } catch {
    return 'not in a clone';
  }
}
