import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { trimDefinitions } from './build/trim-definitions.ts';
import { trimSdk } from './build/trim-sdk.ts';

const root = resolve(import.meta.dirname, '..');

/** Where `npm run build` and the stack put the functions' code. */
const LAMBDA_OUTDIR = join(root, 'dist', 'lambda');
const HANDLERS = join(root, 'lambda', 'handlers', 'handler.ts');
/** The connect page has a bundle of its own. It starts faster, and holds no rotation. */
const CONNECT_OUTDIR = join(root, 'dist', 'connect');
const CONNECT_HANDLER = join(root, 'lambda', 'connect', 'handler.ts');

/** The form in which the functions are bundled. */
export const FUNCTION_BUNDLE = {
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  charset: 'utf8',
  legalComments: 'none',
  // ES modules of the SDK: a third smaller than its CommonJS files, and no require() in the bundle.
  mainFields: ['module', 'main'],
} satisfies BuildOptions;

/** Bundles the connect page's function, whose handler is `index.handler`, as buildLambda does. */
export function buildConnect(outdir: string = CONNECT_OUTDIR): Promise<number> {
  return buildLambda(outdir, CONNECT_HANDLER);
}

/**
 * Bundles lambda/handlers/handler.ts, or another entry point, with the AWS SDK inside into `outdir`,
 * which is emptied first, and returns the size of all its files in bytes. The function's code is
 * `outdir` as it is; its handlers are `index.handler` and `index.refresh`.
 */
export async function buildLambda(
  outdir: string = LAMBDA_OUTDIR,
  entryPoint = HANDLERS,
): Promise<number> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const result = await build({
    entryPoints: [entryPoint],
    outfile: join(outdir, 'index.mjs'),
    ...FUNCTION_BUNDLE,
    plugins: [trimSdk, trimDefinitions],
    absWorkingDir: root,
    metafile: true,
    logLevel: 'warning',
  });
  const sizes = await Promise.all(
    Object.keys(result.metafile.outputs).map((file) => stat(join(root, file))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`${LAMBDA_OUTDIR}: ${await buildLambda()} bytes`);
  console.log(`${CONNECT_OUTDIR}: ${await buildConnect()} bytes`);
}
