import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { buildLambda, FUNCTION_BUNDLE } from '../build.ts';
import { median } from './median.ts';

const PROCESSES = 15;

/** One bundle, and how long a fresh process takes to import it: the median. */
export interface ColdImport {
  bytes: number;
  ms: number;
}

/**
 * Imports in fresh processes by turns: the functions' bundle, one of nothing but the two AWS
 * clients built the same way, and the clients as esbuild bundles them for anybody.
 */
export async function measureColdImports(
  folder: string,
): Promise<Record<'ours' | 'clients' | 'plain', ColdImport>> {
  const entry = join(folder, 'clients.ts');
  await writeFile(entry, CLIENTS);
  const folderOf = (name: string) => join(folder, name);
  const bytes = {
    ours: await buildLambda(folderOf('ours')),
    clients: await buildLambda(folderOf('clients'), entry),
    plain: await buildPlainly(folderOf('plain'), entry),
  };
  const times = { ours: [] as number[], clients: [] as number[], plain: [] as number[] };
  const names = ['ours', 'clients', 'plain'] as const;
  for (let process = 0; process < PROCESSES; process++) {
    for (const name of names) {
      times[name].push(await importOnce(folderOf(name)));
    }
  }
  const measured = (name: (typeof names)[number]) => ({
    bytes: bytes[name],
    ms: round(median(times[name])),
  });
  return { ours: measured('ours'), clients: measured('clients'), plain: measured('plain') };
}

/** Bundles an entry point with the SDK as it comes. Returns the size in bytes. */
async function buildPlainly(outdir: string, entryPoint: string): Promise<number> {
  const outfile = join(outdir, 'index.mjs');
  await build({
    entryPoints: [entryPoint],
    outfile,
    ...FUNCTION_BUNDLE,
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return (await stat(outfile)).size;
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
