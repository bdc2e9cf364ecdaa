import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Http } from '../../lambda/ports.ts';
import type { Gate } from '../fakes/memory-ports.ts';
import { randomFrom } from '../fakes/random.ts';
import { createSimulation, oauth2Entry } from '../fakes/simulation.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';
import { startTokenServer } from '../fakes/token-server.ts';
import { ACCOUNTS } from '../torture/accounts.ts';
import { createFolderSite } from '../torture/folder-site.ts';
import { createJudge } from '../torture/judge.ts';
import type { TortureSite } from '../torture/torture.ts';
import { expectAllTold, type Told } from './expect-all-told.ts';
import { notesIn, takeNotes } from './note-taker.ts';

const RUNS = 10;

describe('ten runs at once', () => {
  it('ask for each tenant once at a time and keep every edit, in one process', async () => {
    const sim = createSimulation();
    const rotations = {
      anna: 'detect',
      berta: 'immediate',
      cleo: 'never',
      dora: 'detect',
      emil: 'silent',
    } as const;
    const entries = Object.entries(rotations).map(([account, rotation]) => [
      account,
      oauth2Entry(account, sim.server.open(account, rotation)),
    ]);
    sim.save('default', { tenants: Object.fromEntries(entries) });
    const underWay = new Map<string, number>();
    let most = 0;
    const http: Http = {
      async send(request) {
        const now = (underWay.get(request.url) ?? 0) + 1;
        underWay.set(request.url, now);
        most = Math.max(most, now);
        await sim.clock.sleep(100);
        const answer = sim.server.handle(request);
        await sim.clock.sleep(100);
        underWay.set(request.url, (underWay.get(request.url) ?? 0) - 1);
        return answer;
      },
    };

    // Somebody saves a note right after every third reading of the map.
    let reads = 0;
    const notes: string[] = [];
    const gate: Gate = async ({ port, op }, perform) => {
      const result = perform();
      if (port !== 'vault' || op !== 'read' || ++reads % 3 > 0) {
        return result;
      }
      notes.push(`note ${reads}`);
      sim.save('default', { ...sim.map(), notes });
      return result;
    };

    const reports = await Promise.all(
      Array.from({ length: RUNS }, () => sim.rotate({}, sim.ports(gate, undefined, http))),
    );

    for (const { summary } of reports) {
      expect(summary.rotated + summary.busy).toBe(5);
    }
    expect(reports.some(({ summary }) => summary.rotated === 5)).toBe(true);
    expect(most).toBe(1);
    expect(sim.map()).toMatchObject({ notes });
    for (const [name, account] of sim.server.accounts) {
      expect(account.replays).toBe(0);
      expect(sim.server.accepts(String(sim.map().tenants[name]?.refresh_token))).toBe(true);
      expect(sim.published()[name]?.access_token).toBe(sim.server.newestAccessToken(name));
    }
  });

  it('ask for each tenant once at a time and keep every edit, in ten processes', async () => {
    const seed = Date.now() % 1_000_000;
    const random = randomFrom(seed);
    const server = await startTokenServer(() => random(10));
    onTestFinished(() => server.close());
    const site = await createFolderSite(temporaryFolder(), server, 3_000);

    const runs = Promise.all(Array.from({ length: RUNS }, () => runInProcess(site)));
    const [told, notes] = await Promise.all([runs, takeNotes(site.ports.vault, random, 12, runs)]);

    console.log(`ten processes, seed ${seed}, ${notes.length} notes:`);
    for (const run of told) {
      console.log(`  ${JSON.stringify(run)}`);
    }
    const tenants = ACCOUNTS.flatMap((account) => account.tenants).length;
    expectAllTold(told, tenants);
    expect([...server.mostAtOnce.values()]).toEqual(ACCOUNTS.map(() => 1));
    expect(server.served.filter(({ result }) => result !== 'issued')).toEqual([]);
    expect(await notesIn(site.ports.vault)).toEqual(notes);
    expect(await createJudge(site.ports, server).judge()).toEqual({ faults: [], lostInWindow: [] });
  });
});

async function runInProcess(site: TortureSite): Promise<Told> {
  const { command, args } = site.program();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await once(child, 'close');
  const { failures, ...summary } = JSON.parse(output.split('\n')[1] ?? '');
  return { summary, failures };
}
