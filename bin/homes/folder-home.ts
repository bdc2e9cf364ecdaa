import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { systemClock } from '../../lambda/clock.ts';
import { createFetchHttp } from '../../lambda/fetch-http.ts';
import { readKeySource } from '../../lambda/folder/home-key.ts';
import { openFolderHome } from '../../lambda/folder/open-folder-home.ts';
import type { Log } from '../../lambda/log.ts';
import { type RunOptions, type RunPorts, refreshOnDemand, rotate } from '../../lambda/run.ts';
import { NoHomeError } from '../errors.ts';
import type { Home } from './home.ts';

export interface FolderOptions {
  folder: string;
  /** Make it where there is none. */
  create: boolean;
  /** Given how the home is sealed; null: there is none yet, and undefined then makes a key file. */
  passphrase: (source: 'passphrase' | 'file' | null) => Promise<string | undefined>;
  allowLoopbackHttp: boolean;
  log: Log;
  note: (text: string) => void;
}

/** Opens a folder as a home. Throws NoHomeError where there is none, and StoreError. */
export async function openFolder(options: FolderOptions): Promise<Home> {
  const folder = resolve(options.folder);
  const source = await readKeySource(folder);
  if (source === null && !options.create) {
    throw new NoHomeError(`There is no home in ${folder} yet. Begin with: tokens import .env, or tokens add.`);
  }
  const passphrase = await options.passphrase(source);
  const { addShard, ...stores } = await openFolderHome({ home: folder, passphrase });
  if (source === null) options.note(madeMessage(folder, passphrase));
  const ports: RunPorts = {
    ...stores,
    http: createFetchHttp({ allowLoopbackHttp: options.allowLoopbackHttp, allowIpLiterals: true }),
    clock: systemClock,
    log: options.log,
  };
  const runOptions = (): RunOptions => ({ runId: randomUUID(), deadlineAt: Number.POSITIVE_INFINITY });
  return {
    kind: 'folder',
    title: `home ${folder}`,
    ports,
    rotate: (request, onProgress) => rotate(ports, request, { ...runOptions(), ...(onProgress && { onProgress }) }),
    refresh: (request) => refreshOnDemand(ports, request, runOptions()),
    addShard,
  };
}

function madeMessage(folder: string, passphrase: string | undefined): string {
  return passphrase === undefined
    ? `Made a new home in ${folder}, sealed with the key in ${folder}/key. Keep a copy of that file somewhere else: without it nothing opens.`
    : `Made a new home in ${folder}, sealed with your passphrase. Nobody can restore it: keep it somewhere safe.`;
}
