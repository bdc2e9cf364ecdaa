import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import type { Servers } from './servers.ts';
import type { Setting } from './ways.ts';

/** One way to refresh a fleet, to be started, killed and judged. */
export interface Contestant {
  name: string;
  /** The program and arguments of one run. */
  args: string[];
  /** Returns the refresh token that is kept for each tenant. */
  read(): Promise<Record<string, string>>;
  /** Gives tenants new refresh tokens, as consents do. */
  give(tokens: Readonly<Record<string, string>>): Promise<void>;
}

/** Makes a contestant of another way to rotate. Its tokens are in a file, or in the secret. */
export function createOther(
  name: string,
  program: string,
  setting: Setting,
  servers: Servers,
): Contestant {
  const inSecret = name.includes('secret write');
  let hasTokens = false;
  const read = async () =>
    JSON.parse(inSecret ? servers.secret.text : await readFile(setting.file, 'utf8'));
  return {
    name,
    args: [program, name, JSON.stringify(setting)],
    read,
    async give(tokens) {
      const kept = hasTokens ? await read() : {};
      hasTokens = true;
      const text = JSON.stringify({ ...kept, ...tokens });
      servers.secret.text = text;
      await writeFile(setting.file, text);
    },
  };
}

/**
 * Makes a contestant of Token Rotator over a folder. It asks at most `places` at once,
 * `minIntervalMs` apart.
 */
export async function createOurs(
  program: string,
  folder: string,
  { tokenUrl }: Servers,
  pace: { places: number; minIntervalMs: number },
): Promise<Contestant> {
  const home = join(folder, 'home');
  const { vault } = await openFolderHome({ home });
  const read = async () => {
    const map = JSON.parse((await vault.read('default'))?.text ?? '{"tenants":{}}');
    const entries = Object.entries(map.tenants as Record<string, { refresh_token: string }>);
    return Object.fromEntries(entries.map(([tenant, entry]) => [tenant, entry.refresh_token]));
  };
  const app = {
    provider: 'oauth2',
    token_url: tokenUrl,
    client_id: 'bench',
    client_secret: 'bench',
    max_concurrency: pace.places,
    min_interval_ms: pace.minIntervalMs,
  };
  return {
    name: `Token Rotator, ${pace.places} at once`,
    args: [program, home],
    read,
    async give(tokens) {
      const all = Object.entries({ ...(await read()), ...tokens });
      const tenants = all.map(([tenant, token]) => [
        tenant,
        { app: 'bench', refresh_token: token },
      ]);
      const map = {
        version: 1,
        apps: { bench: app },
        tenants: Object.fromEntries(tenants),
      };
      const now = await vault.read('default');
      const text = JSON.stringify(map);
      if ((await vault.swap('default', now?.versionId ?? null, text, randomUUID())) !== 'swapped') {
        throw new Error('Somebody else wrote the map.');
      }
    },
  };
}
