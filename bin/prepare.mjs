import { spawnSync } from 'node:child_process';

/**
 * Builds the CLI when this repository is installed, with or without development dependencies.
 */
const build = ['--import', 'tsx', 'bin/build-cli.ts'];
process.exitCode = spawnSync(process.execPath, build, { stdio: 'inherit' }).status ?? 1;
