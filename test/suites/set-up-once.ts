import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildLambda } from '../../bin/build.ts';
import { buildCli } from '../../bin/build-cli.ts';
import type { Moto } from '../fakes/moto.ts';
import { startMoto } from '../fakes/moto-server.ts';

/** Folders with what is built once for all tests of a run. */
interface Built {
  /** The program `tokens`: `tokens.js` and its chunks. */
  cli: string;
  /** The functions: `index.mjs`. */
  lambda: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    built: Built;
    /** Null where `python3` has no moto. */
    moto: Moto | null;
  }
}

/** Builds the CLI and the functions and starts moto, once for all tests. Returns the clean-up. */
export default async function setUpOnce(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'token-rotator-built-'));
  const built: Built = { cli: join(folder, 'cli'), lambda: join(folder, 'lambda') };
  const [moto] = await Promise.all([startMoto(), buildCli(built.cli), buildLambda(built.lambda)]);
  project.provide('built', built);
  project.provide('moto', moto?.moto ?? null);
  return async () => {
    moto?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
