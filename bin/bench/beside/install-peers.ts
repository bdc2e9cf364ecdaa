import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Other programs' refresh code, at these versions. */
const PEERS = { 'simple-oauth2': '5.1.0', 'openid-client': '6.8.9' };

/** Says which versions of which packages are compared. */
export function formatPeers(): string {
  return Object.entries(PEERS)
    .map(([name, version]) => `${name} ${version}`)
    .join(' and ');
}

/**
 * Installs the packages that are compared into a folder, and returns their entry files. Returns
 * none and says why where npm cannot.
 */
export async function installPeers(folder: string): Promise<Record<string, string>> {
  const manifest = {
    private: true,
    type: 'module',
    dependencies: PEERS,
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    await promisify(execFile)('npm', install, { cwd: folder });
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    console.error(
      `SKIPPED: ${Object.keys(PEERS).join(' and ')}, npm cannot install them: ${reason}`,
    );
    return {};
  }
  const resolve = createRequire(join(folder, 'package.json')).resolve;
  return Object.fromEntries(Object.keys(PEERS).map((name) => [name, resolve(name)]));
}
