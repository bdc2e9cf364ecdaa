import { basename, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a program of the tests into a folder, so that many processes of it start fast. Returns
 * its path.
 */
export async function buildProgram(source: string, folder: string): Promise<string> {
  const program = join(folder, basename(source).replace('.ts', '.mjs'));
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    // CommonJS packages ask for Node's own modules by require().
    banner: {
      js:
        "import { createRequire as requireOf } from 'node:module';\n" +
        'const require = requireOf(import.meta.url);',
    },
    logLevel: 'warning',
  });
  return program;
}
