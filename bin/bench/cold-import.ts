import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildLambda } from '../build.ts';
import { median } from './median.ts';

const PROCESSES = 15;

export interface ColdImport {
  bundleBytes: number;
  clientsBytes: number;
  bundleMs: number;
  clientsMs: number;
  ratio: number;
}

/**
 * Imports the functions' bundle, and one of nothing but the two AWS clients, in fresh processes by
 * turns; milliseconds are medians.
 */
export async function measureColdImport(folder: string): Promise<ColdImport> {
  const bundle = join(folder, 'bundle');
  const clients = join(folder, 'clients');
  const entry = join(folder, 'clients.ts');
  await writeFile(entry, CLIENTS);
  const bundleBytes = await buildLambda(bundle);
  const clientsBytes = await buildLambda(clients, entry);
  const times = { bundle: [] as number[], clients: [] as number[] };
  for (let process = 0; process < PROCESSES; process++) {
    times.bundle.push(await importOnce(bundle));
    times.clients.push(await importOnce(clients));
  }
  const bundleMs = round(median(times.bundle));
  const clientsMs = round(median(times.clients));
  return {
    bundleBytes,
    clientsBytes,
    bundleMs,
    clientsMs,
    ratio: Number((bundleMs / clientsMs).toFixed(2)),
  };
}

const modules = resolve(import.meta.dirname, '..', '..', 'node_modules');
const CLIENTS = `
import { S3Client } from '${modules}/@aws-sdk/client-s3';
import { SecretsManagerClient } from '${modules}/@aws-sdk/client-secrets-manager';
export const clients = [new S3Client(), new SecretsManagerClient()];
`;

async function importOnce(folder: string): Promise<number> {
  const url = pathToFileURL(join(folder, 'index.mjs')).href;
  const script = [
    'const at = performance.now();',
    `await import(${JSON.stringify(url)});`,
    'console.log(performance.now() - at);',
  ].join('\n');
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: 'eu-west-1',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env },
  );
  return Number(stdout);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
