import { join } from 'node:path';
import { systemClock } from '../../lambda/clock.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';
import { buildProgram } from '../fakes/build-program.ts';
import type { TokenServer } from '../fakes/token-server.ts';
import { firstMap, SHARDS } from './accounts.ts';
import type { TortureSite } from './torture.ts';

/**
 * A home in `folder` with every account's tenants. The leases of the dead are free at once: they
 * were processes of this host.
 */
export async function createFolderSite(
  folder: string,
  server: TokenServer,
  busyWaitMs = 150_000,
): Promise<TortureSite> {
  const program = await buildProgram(join(import.meta.dirname, 'run-once.ts'), folder);
  const home = join(folder, 'home');
  const opened = await openFolderHome({ home });
  for (const shard of SHARDS) {
    await opened.addShard(shard);
    await opened.vault.swap(
      shard,
      null,
      firstMap(server, shard),
      `first-map-of-shard-${shard}`.padEnd(32, '-'),
    );
  }
  const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });
  return {
    ports: { ...opened, http, clock: systemClock, log: () => undefined },
    program: () => ({ command: process.execPath, args: [program, home, String(busyWaitMs)] }),
    outliveLeases: async () => undefined,
  };
}
