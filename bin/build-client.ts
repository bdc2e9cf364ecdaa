import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

const root = resolve(import.meta.dirname, '..');
const outdir = join(root, 'dist', 'client');

/**
 * The declarations that a program sees. They import one another and types of the AWS SDK, and
 * nothing else.
 */
const PUBLIC = ['token-client', 'token-error', 'aws-options'];

/**
 * Builds the package `token-rotator-client`, which is `token-rotator/client` too, as ES modules
 * with local mode in a chunk of its own, and their declarations. The AWS SDK stays outside.
 */
async function buildClient(): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await Promise.all([
    bundle(),
    declare(),
    describePackage(),
    copyFile(join(root, 'lib', 'client', 'README.md'), join(outdir, 'README.md')),
    copyFile(join(root, 'LICENSE'), join(outdir, 'LICENSE')),
  ]);
}

/** Writes the package's own package.json, with no program, and no script that runs at install. */
async function describePackage(): Promise<void> {
  const { version, license, type, engines, dependencies, exports } = manifest;
  const entry = exports['./client'];
  const local = (path: string) => path.replace('./dist/client/', './');
  const own = {
    name: 'token-rotator-client',
    version,
    description: 'Gives a program OAuth access tokens that are valid now.',
    license,
    type,
    engines,
    exports: { types: local(entry.types), default: local(entry.default) },
    dependencies: Object.fromEntries(
      (['@aws-sdk/client-lambda', '@aws-sdk/client-secrets-manager'] as const).map((name) => [
        name,
        `^${dependencies[name]}`,
      ]),
    ),
  };
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify(own, null, 2)}\n`);
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: [join(root, 'lib', 'client', 'token-client.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*'],
    absWorkingDir: root,
    logLevel: 'warning',
  });
}

async function declare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'token-rotator-types-'));
  try {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await promisify(execFile)(process.execPath, [
      tsc,
      '-p',
      join(root, 'lib', 'client'),
      '--outDir',
      folder,
      // `npm run check` does.
      '--noCheck',
    ]);
    await Promise.all(
      PUBLIC.map((name) =>
        copyFile(join(folder, 'lib', 'client', `${name}.d.ts`), join(outdir, `${name}.d.ts`)),
      ),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildClient();
}
