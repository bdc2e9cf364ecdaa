import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../test/fakes/random.ts';
import { startTokenServer } from '../test/fakes/token-server.ts';
import { createFolderSite } from '../test/torture/folder-site.ts';
import { torture } from '../test/torture/torture.ts';
import { type TortureScriptOptions, tortureScript } from '../test/torture/torture-script.ts';
import { readScript } from './terminal/read-script.ts';

/**
 * `npm run torture -- --seed N --kills N --seconds N`: ends local mode by SIGKILL many times, and
 * asks the server what was lost.
 */
const options = readScript(tortureScript()).opts<TortureScriptOptions>();
const { kills, seconds, seed = Date.now() % 1_000_000 } = options;
const folder = mkdtempSync(join(tmpdir(), 'token-rotator-torture-'));
const random = randomFrom(seed);
const server = await startTokenServer(
  () => random(6),
  () => random(2),
);
console.log(`seed ${seed}; the home is in ${folder}`);
try {
  const site = await createFolderSite(folder, server);
  const result = await torture(site, server, {
    seed,
    kills,
    seconds,
    say: console.log,
  });
  console.log(JSON.stringify(result, null, 2));
  if (result.faults.length > 0) {
    process.exitCode = 1;
  } else {
    rmSync(folder, { recursive: true, force: true });
  }
} finally {
  await server.close();
}
