import { join } from 'node:path';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';
import type { RotatingServer } from './rotating-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * A home with these tenants of the server, none of which has a token yet; `mark` is in every
 * secret. Removed when the test is over.
 */
export async function makeLocalHome(
  { tokenUrl }: RotatingServer,
  names: readonly string[],
  mark: string,
  headers: Record<string, string> = { 'X-Account': '7' },
): Promise<string> {
  const home = join(temporaryFolder(), 'home');
  const entry = (name: string) => ({
    provider: 'oauth2',
    token_url: tokenUrl,
    client_id: 'client',
    client_secret: `client.${mark}`,
    refresh_token: `${name}.refresh.0.${mark}`,
    headers,
  });
  const { vault } = await openFolderHome({ home });
  const text = JSON.stringify({
    version: 1,
    tenants: Object.fromEntries(names.map((name) => [name, entry(name)])),
  });
  await vault.swap('default', null, text, 'a'.repeat(32));
  return home;
}
