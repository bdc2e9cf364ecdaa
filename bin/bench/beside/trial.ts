import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Contestant } from './contestant.ts';
import type { Servers } from './servers.ts';

/** Opens an account for each tenant, and gives the contestant its first token. */
export async function fillFleet(
  contestant: Contestant,
  { authorization }: Servers,
  tenants: number,
): Promise<void> {
  const names = Array.from({ length: tenants }, (_, index) => `tenant-${index}`);
  await contestant.give(
    Object.fromEntries(names.map((name) => [name, authorization.open(name, 'detect')])),
  );
}

/**
 * Says when to end a run by SIGKILL, in milliseconds after it began, and what to do right before.
 */
interface Kill {
  afterMs: number;
  before: () => void;
}

/** Describes one run that was started. */
interface Run {
  lengthMs: number;
  /** False for a run that had ended before. */
  isKilled: boolean;
}

/** Starts a run, and kills it or lets it live. */
export async function runOnce({ args }: Contestant, kill?: Kill): Promise<Run> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  let startedAt = performance.now();
  child.stdout.once('data', () => {
    startedAt = performance.now();
    if (kill) {
      setTimeout(() => {
        kill.before();
        child.kill('SIGKILL');
      }, kill.afterMs);
    }
  });
  child.stdout.resume();
  await closed;
  return { lengthMs: performance.now() - startedAt, isKilled: child.signalCode === 'SIGKILL' };
}

/**
 * Returns the tenants whose kept token the server does not accept. Each of them has to consent
 * again.
 */
export async function findLost(
  contestant: Contestant,
  { authorization }: Servers,
): Promise<string[]> {
  const tokens = await contestant.read();
  const lost = Object.entries(tokens).filter(([, token]) => !authorization.accepts(token));
  return lost.map(([tenant]) => tenant);
}

/** Tenants that were lost by kills. */
export interface Lost {
  /** Their request was under way at the server. No client can save them. */
  underWay: number;
  /** The server had answered, and the answer was lost with the process. */
  answered: number;
}

/** How often to kill, at which parts of a run's length, and whom to tell of each kill. */
interface Killing {
  kills: number;
  random: () => number;
  progress: () => void;
}

/**
 * Kills runs at random instants, lets the next run live, and counts the tenants that were lost.
 * They consent again before the next kill.
 */
export async function killRuns(
  contestant: Contestant,
  servers: Servers,
  { kills, random, progress }: Killing,
): Promise<Lost> {
  let { lengthMs } = await runOnce(contestant);
  const lost: Lost = { underWay: 0, answered: 0 };
  for (let kill = 0; kill < kills; ) {
    let underWay = new Set<string>();
    const before = () => (underWay = new Set(servers.underWay));
    const run = await runOnce(contestant, { afterMs: random() * lengthMs, before });
    if (run.isKilled) {
      kill += 1;
    } else {
      underWay.clear();
    }
    await servers.idle();
    lengthMs = Math.min(lengthMs, (await runOnce(contestant)).lengthMs);
    const tenants = await findLost(contestant, servers);
    for (const name of tenants) {
      lost[underWay.has(name) ? 'underWay' : 'answered'] += 1;
    }
    if (run.isKilled) {
      progress();
    }
    await contestant.give(
      Object.fromEntries(tenants.map((name) => [name, servers.authorization.reissue(name)])),
    );
  }
  return lost;
}
