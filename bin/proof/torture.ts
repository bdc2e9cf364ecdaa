import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../../test/fakes/random.ts';
import { startTokenServer } from '../../test/fakes/token-server.ts';
import { createFolderSite } from '../../test/torture/folder-site.ts';
import { torture } from '../../test/torture/torture.ts';
import type { Part, Stage } from './part.ts';

/** Ends real processes by SIGKILL, one after the other. */
export function tortureFrom(seed: number): Stage {
  return { name: 'Torture', share: 18, prove: (until, note) => killUntil(seed, until, note) };
}

async function killUntil(seed: number, until: number, note: (text: string) => void): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'token-rotator-proof-'));
  const random = randomFrom(seed);
  const server = await startTokenServer(
    () => random(6),
    () => random(2),
  );
  try {
    const site = await createFolderSite(folder, server);
    const { kills, unarchived, lostInWindow, oldMaps, faults } = await torture(site, server, {
      seed,
      kills: Number.POSITIVE_INFINITY,
      seconds: (until - Date.now()) / 1_000,
      say: note,
    });
    return {
      what: 'SIGKILL of real processes against a server with reuse detection, old maps saved between',
      tried: `${kills} kills, most of them aimed at the moments around an answer, ${oldMaps} old maps, seed ${seed}`,
      found:
        faults.length === 0
          ? `nothing lost outside the window. In it were ${unarchived} answers, which cost ${lostInWindow} credentials`
          : faults.join('; '),
      verdict: verdictOn(kills, faults),
    };
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function verdictOn(kills: number, faults: readonly string[]): Part['verdict'] {
  if (faults.length > 0) {
    return 'unsound';
  }
  return kills > 0 ? 'sound' : 'unfinished';
}
