import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../../test/fakes/random.ts';
import { startTokenServer } from '../../test/fakes/token-server.ts';
import { createFolderSite } from '../../test/torture/folder-site.ts';
import { torture } from '../../test/torture/torture.ts';
import type { Part } from './part.ts';

/** Ends real processes by SIGKILL, one after the other, until an instant. */
export async function proveTorture(seed: number, until: number): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'token-rotator-proof-'));
  const random = randomFrom(seed);
  const server = await startTokenServer(
    () => random(6),
    () => random(2),
  );
  try {
    const site = await createFolderSite(folder, server);
    const seconds = Math.max(60, (until - Date.now()) / 1_000);
    const result = await torture(site, server, {
      seed,
      kills: Number.POSITIVE_INFINITY,
      seconds,
    });
    const { kills, lostInWindow, faults } = result;
    return {
      what: 'SIGKILL of real processes against a server with reuse detection, old maps saved between',
      tried: `${kills} kills, seed ${seed}, most of them aimed at the moments around an answer`,
      found:
        faults.length === 0
          ? `nothing lost outside the window; ${lostInWindow} tenants in it`
          : faults.join('; '),
      isSound: faults.length === 0,
    };
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
