import { mkdir, mkdtemp, readFile, rm, statfs } from 'node:fs/promises';
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

/** Most of what all tests of a run hold at once, bundles included. */
const ROOM_BYTES = 1024 * 1024 * 1024;

/**
 * Builds the CLI and the functions and starts moto, once for all tests, and gives these a folder
 * for their temporary files. Returns the clean-up.
 */
export default async function setUpOnce(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await fastestFolder(), 'token-rotator-'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const { TMPDIR } = process.env;
  // The processes that run tests inherit it.
  process.env.TMPDIR = temporary;
  const built: Built = { cli: join(folder, 'cli'), lambda: join(folder, 'lambda') };
  const [moto] = await Promise.all([startMoto(), buildCli(built.cli), buildLambda(built.lambda)]);
  project.provide('built', built);
  project.provide('moto', moto?.moto ?? null);
  return async () => {
    moto?.stop();
    if (TMPDIR === undefined) {
      delete process.env.TMPDIR;
    } else {
      process.env.TMPDIR = TMPDIR;
    }
    await rm(folder, { recursive: true, force: true });
  };
}

/** Returns a folder in memory where Linux has one with room that runs programs, else the usual. */
async function fastestFolder(): Promise<string> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '');
  const [, path, options] = /^\S+ (\/dev\/shm) tmpfs (\S+)/m.exec(mounts) ?? [];
  if (path === undefined || options?.split(',').some((option) => /^(ro|noexec)$/.test(option))) {
    return tmpdir();
  }
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize > ROOM_BYTES ? path : tmpdir();
}
