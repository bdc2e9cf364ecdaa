import { spawnSync } from 'node:child_process';

/**
 * Builds the CLI when this repository is installed. An installation without development
 * dependencies (`npm ci --omit=dev`) has nothing to build with, and must not fail for that.
 */
const tools = await import('esbuild').then(
  () => import('tsx').then(() => true),
  () => false,
);
if (tools) {
  const build = ['--import', 'tsx', 'bin/build-cli.ts'];
  process.exitCode = spawnSync(process.execPath, build, { stdio: 'inherit' }).status ?? 1;
} else {
  console.error('The CLI was not built: that needs the development dependencies.');
  console.error('From Node 22.18 on it runs without a build: node bin/tokens.ts --help');
}
