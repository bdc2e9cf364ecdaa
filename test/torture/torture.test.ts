import { describe, expect, it, onTestFinished } from 'vitest';
import { randomFrom } from '../fakes/random.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';
import { startTokenServer } from '../fakes/token-server.ts';
import { createFolderSite } from './folder-site.ts';
import { torture } from './torture.ts';

/** How often a run is killed: `npm run test:long` does it more often. */
const KILLS = Number(process.env.KILLS ?? 8);

describe('local mode under SIGKILL', () => {
  it('loses no token that its archive acknowledged, and sends no spent one again', async () => {
    const seed = Number(process.env.TORTURE_SEED ?? Date.now() % 1_000_000);
    const random = randomFrom(seed);
    const server = await startTokenServer(
      () => random(6),
      () => random(2),
    );
    onTestFinished(() => server.close());
    const site = await createFolderSite(temporaryFolder(), server);
    const { faults, ...counts } = await torture(site, server, { seed, kills: KILLS, seconds: 120 });
    console.log(`torture: ${JSON.stringify(counts)}`);
    expect(faults).toEqual([]);
    expect(counts.kills).toBeGreaterThan(0);
  });
});
