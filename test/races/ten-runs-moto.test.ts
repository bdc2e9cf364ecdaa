import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { parseEvent } from '../../lambda/event.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import { describeWithMoto } from '../fakes/moto.ts';
import { randomFrom } from '../fakes/random.ts';
import { startTokenServer } from '../fakes/token-server.ts';
import { ACCOUNTS, firstMap, SHARDS } from '../torture/accounts.ts';
import { createJudge } from '../torture/judge.ts';
import { deploy } from '../torture/moto-site.ts';
import { expectAllTold } from './expect-all-told.ts';
import { notesIn, takeNotes } from './note-taker.ts';

describeWithMoto('ten runs at once over AWS', (moto) => {
  it('ask for each tenant once at a time and keep every edit', async () => {
    const server = await startTokenServer(() => 5);
    onTestFinished(() => server.close());
    const { openPorts } = await deploy(moto());
    const ports = openPorts();
    for (const shard of SHARDS) {
      await ports.vault.swap(shard, null, firstMap(server, shard), randomUUID());
    }

    const run = () =>
      rotate(openPorts(), parseEvent({}), {
        runId: randomUUID(),
        deadlineAt: Number.POSITIVE_INFINITY,
        busyWaitMs: 3_000,
      });
    const seed = Date.now() % 1_000_000;
    const runs = Promise.all(Array.from({ length: 10 }, run));
    const [reports, notes] = await Promise.all([
      runs,
      takeNotes(ports.vault, randomFrom(seed), 30, runs),
    ]);

    console.log(`ten runs, seed ${seed}, ${notes.length} notes:`);
    for (const { summary } of reports) {
      console.log(`  ${summary.rotated} rotated, ${summary.busy} busy`);
    }
    const tenants = ACCOUNTS.flatMap((account) => account.tenants).length;
    const told = reports.map(({ summary, failures = [] }) => ({ summary, failures }));
    expectAllTold(told, tenants);
    expect([...server.mostAtOnce.values()]).toEqual(ACCOUNTS.map(() => 1));
    expect(server.served.filter(({ result }) => result !== 'issued')).toEqual([]);
    expect(await notesIn(ports.vault)).toEqual(notes);
    expect(await createJudge(ports, server).judge()).toEqual({ faults: [], lostInWindow: [] });
  });
});
