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
 * Starts a run, and ends it by SIGKILL so many milliseconds after it began, or lets it live. Returns
 * how long it took, in milliseconds.
 */
export async function runOnce({ args }: Contestant, killAfterMs?: number): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  let startedAt = performance.now();
  child.stdout.once('data', () => {
    startedAt = performance.now();
    if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  child.stdout.resume();
  await closed;
  return performance.now() - startedAt;
}

/**
 * Returns the tenants whose kept token the server does not accept: each of them has to consent
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

/**
 * Kills runs at random instants, lets the next run live, and counts the tenants that were lost. They
 * consent again before the next kill.
 */
export async function killRuns(
  contestant: Contestant,
  servers: Servers,
  kills: number,
  random: () => number,
): Promise<number> {
  const lifeMs = await runOnce(contestant);
  let lost = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await runOnce(contestant, random() * lifeMs);
    await servers.idle();
    await runOnce(contestant);
    const tenants = await findLost(contestant, servers);
    lost += tenants.length;
    await contestant.give(
      Object.fromEntries(tenants.map((name) => [name, servers.authorization.reissue(name)])),
    );
  }
  return lost;
}
