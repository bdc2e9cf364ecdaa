/**
 * A process of its own over a home, for processes.test.ts: `home-process.ts HOME NAME COUNT`. Says
 * each thing it was told is durable, on a line.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { StoreError } from '../../../lambda/ports.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';

const [home = '', name = '', count = ''] = process.argv.slice(2);
const { vault, states, archive } = await openFolderHome({ home });
const say = (line: string) => process.stdout.write(`${line}\n`);

function append(text: string | undefined, entry: string): string {
  return JSON.stringify([...(text === undefined ? [] : JSON.parse(text)), entry]);
}

async function appendToVault(entry: string): Promise<boolean> {
  const read = await vault.read('default');
  const result = await vault.swap(
    'default',
    read?.versionId ?? null,
    append(read?.text, entry),
    randomUUID(),
  );
  return result === 'swapped';
}

async function appendToState(entry: string): Promise<boolean> {
  const read = await states.read('default');
  return (
    (await states.write('default', append(read?.text, entry), read?.etag ?? null)) !== 'refused'
  );
}

/** Tries until it has happened; after an error it may have, so it looks. */
async function insist(
  entry: string,
  write: (entry: string) => Promise<boolean>,
  read: () => Promise<{ text?: string | undefined } | null>,
) {
  for (;;) {
    try {
      if (await write(entry)) {
        return;
      }
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'unavailable') {
        throw error;
      }
      if ((await read())?.text?.includes(JSON.stringify(entry))) {
        return;
      }
    }
  }
}

say('ready');
await once(process.stdin, 'data');
for (let index = 0; index < Number(count); index += 1) {
  const entry = `${name}.${index}`;
  await insist(entry, appendToVault, () => vault.read('default'));
  say(`vault ${entry}`);
  await insist(entry, appendToState, () => states.read('default'));
  say(`state ${entry}`);
  const key = `responses/default/00000001-a/${entry}-1.json`;
  await archive.put(key, { body: entry });
  say(`archive ${key}`);
}
process.exit(0);
