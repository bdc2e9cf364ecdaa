import { expect, inject, it, onTestFinished } from 'vitest';
import { describeWithMoto } from '../fakes/moto.ts';
import { randomFrom } from '../fakes/random.ts';
import { startTokenServer } from '../fakes/token-server.ts';
import { createMotoSite } from './moto-site.ts';
import { torture } from './torture.ts';

/** How often a run is killed: `npm run test:long` does it more often. */
const KILLS = Number(process.env.KILLS ?? 8);

describeWithMoto('the bundled handler under SIGKILL', (moto) => {
  it('loses no token that its archive acknowledged, and sends no spent one again', async () => {
    const seed = Number(process.env.TORTURE_SEED ?? Date.now() % 1_000_000);
    const random = randomFrom(seed);
    const server = await startTokenServer(
      () => random(6),
      () => random(2),
    );
    onTestFinished(() => server.close());
    const site = await createMotoSite(inject('built').lambda, moto(), server);
    const { faults, ...counts } = await torture(site, server, { seed, kills: KILLS, seconds: 120 });
    console.log(`torture of the bundle: ${JSON.stringify(counts)}`);
    expect(faults).toEqual([]);
    expect(counts.kills).toBeGreaterThan(0);
  });
});
