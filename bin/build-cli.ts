import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/**
 * Builds the program `tokens` into a folder, as one small file for the help, and a chunk per verb,
 * so that nobody waits for what is not used.
 */
export async function buildCli(outdir: string = join(root, 'dist', 'bin')): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [join(root, 'bin', 'tokens.ts')],
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    // CommonJS packages among the dependencies ask for Node's own modules by require().
    banner: {
      js:
        "import { createRequire } from 'node:module';\n" +
        'const require = createRequire(import.meta.url);',
    },
    absWorkingDir: root,
    logLevel: 'warning',
  });
  await chmod(join(outdir, 'tokens.js'), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildCli();
}
