import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';
import { describeArchiveContract } from './archive.ts';
import { describeRecordsContract } from './records.ts';
import { describeSecretsContract } from './secrets.ts';
import { describeShardStatesContract } from './shard-states.ts';

let root: string;
let homes = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'token-rotator-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A fresh home, opened twice. */
async function makeHomes() {
  homes += 1;
  const home = join(root, String(homes));
  return { first: await openFolderHome({ home }), second: await openFolderHome({ home }) };
}

for (const port of ['vault', 'accessTokens'] as const) {
  describeSecretsContract(`folder ${port}`, async () => {
    const { first, second } = await makeHomes();
    return { secrets: first[port], other: second[port], addShard: first.addShard };
  });
}

describeArchiveContract('folder', async () => {
  const { first, second } = await makeHomes();
  return { archive: first.archive, other: second.archive };
});

describeShardStatesContract('folder', async () => {
  const { first, second } = await makeHomes();
  return { states: first.states, other: second.states };
});

describeRecordsContract('folder', async () => {
  const { first, second } = await makeHomes();
  return { records: first.records, other: second.records };
});
