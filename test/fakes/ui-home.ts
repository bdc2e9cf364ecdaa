import { join } from 'node:path';
import { openFolder } from '../../bin/homes/folder-home.ts';
import type { Home } from '../../bin/homes/home.ts';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Makes a folder home with these tenants and apps, and opens it as the CLI does. */
export async function makeUiHome(map: object): Promise<Home> {
  const folder = join(temporaryFolder(), 'home');
  const { vault } = await openFolderHome({ home: folder });
  const text = JSON.stringify({ version: 1, ...map });
  await vault.swap('default', null, text, crypto.randomUUID());
  return openFolder({
    folder,
    create: false,
    passphrase: async () => undefined,
    allowLoopbackHttp: true,
    log: () => {},
    note: () => {},
  });
}
