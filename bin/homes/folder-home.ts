import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { systemClock } from '../../lambda/clock.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import type { Log } from '../../lambda/log.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { refreshOnDemand } from '../../lambda/run/refresh-on-demand.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import type { RunOptions } from '../../lambda/run/run-options.ts';
import { watchDisk } from '../../lib/folder/disk-watch.ts';
import { readKeySource } from '../../lib/folder/home-key.ts';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';
import { CommandError, NoHomeError } from '../errors.ts';
import type { Home } from './home.ts';
import { localCaller } from './local-caller.ts';
import { isSandbox } from './sandbox-mark.ts';

export interface FolderOptions {
  folder: string;
  /** Make it where there is none. */
  create: boolean;
  /** Given how the home is sealed; null: there is none yet, and undefined then makes a key file. */
  passphrase: (source: 'passphrase' | 'file' | null) => Promise<string | undefined>;
  /** Brackets the half second in which a key is derived from a passphrase. */
  whileDeriving?: <T>(work: () => Promise<T>) => Promise<T>;
  allowLoopbackHttp: boolean;
  log: Log;
  note: (text: string) => void;
}

/** Opens a folder as a home. Throws NoHomeError where there is none, and StoreError. */
export async function openFolder(options: FolderOptions): Promise<Home> {
  refuseWindows();
  const folder = resolve(options.folder);
  const source = await readKeySource(folder);
  if (source === null && !options.create) {
    throw new NoHomeError(`There is no home in ${folder} yet.`, {
      code: 'no_home',
      nextStep: 'Begin with: tokens import .env, or tokens add',
    });
  }
  const passphrase = await options.passphrase(source);
  const disk = watchDisk(() =>
    options.note(
      `The disk of ${folder} is full. What is under way is still brought to its end, ` +
        'and nothing new is asked. Free some space and run again.',
    ),
  );
  const { onDiskFull } = disk;
  const open = () =>
    openFolderHome({
      home: folder,
      passphrase,
      onDiskFull,
    });
  const untilEnded = <T>(work: (runOptions: RunOptions) => Promise<T>) =>
    untilStopped(options.note, disk.begin(), work);
  const { addShard, ...stores } = await (options.whileDeriving?.(open) ?? open());
  if (source === null) {
    options.note(madeMessage(folder, passphrase));
  }
  const ports: RunPorts = {
    ...stores,
    http: createNodeHttp({ allowLoopbackHttp: options.allowLoopbackHttp, allowIpLiterals: true }),
    clock: systemClock,
    log: options.log,
  };
  return {
    kind: 'folder',
    rhythm: {
      expression: null,
      timeZone: 'UTC',
      keepFresh: false,
    },
    isSandbox: isSandbox(folder),
    title: `home ${folder}`,
    connectPage: null,
    ports,
    rotate: (request, onProgress) =>
      untilEnded((runOptions) => rotate(ports, request, withWatcher(runOptions, onProgress))),
    refresh: (request, onProgress) =>
      untilEnded((runOptions) =>
        refreshOnDemand(ports, request, withWatcher(runOptions, onProgress)),
      ),
    addShard,
    mayRun: async () => 'in this process',
    caller: async () => localCaller(),
  };
}

/** The options are changed in place, since a signal stops the run by them. */
function withWatcher(options: RunOptions, onProgress: RunOptions['onProgress']): RunOptions {
  return onProgress ? Object.assign(options, { onProgress }) : options;
}

/** Names, modes and syncs of a home are those of POSIX. Half of it would work, and lose tokens. */
function refuseWindows(): void {
  if (process.platform === 'win32') {
    throw new CommandError('A home does not work on Windows itself.', {
      nextStep: 'Use it in WSL (wsl --install), or use a deployed stack: --stack NAME',
    });
  }
}

/**
 * Works until it is done. A full disk, the first Ctrl-C, SIGTERM, or a terminal that is closed, only
 * keeps new exchanges from being started. A token under way must not be lost. The next Ctrl-C kills.
 */
async function untilStopped<T>(
  note: (text: string) => void,
  isDiskFull: () => boolean,
  work: (options: RunOptions) => Promise<T>,
): Promise<T> {
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    for (const signal of SIGNALS) {
      process.off(signal, stop);
    }
    note(
      'Stopping: what is under way is still brought to its end. ' +
        'Press Ctrl-C again to kill it; a token on its way may then be lost.',
    );
  };
  // A closed terminal may send it twice, by the system and by the shell. So it never kills.
  const hangUp = () => {
    isStopped = true;
  };
  for (const signal of SIGNALS) {
    process.on(signal, stop);
  }
  process.on('SIGHUP', hangUp);
  try {
    return await work({
      runId: randomUUID(),
      rhythm: { gapMs: null, keepFresh: false },
      deadlineAt: Number.POSITIVE_INFINITY,
      isStopped: () => isStopped || isDiskFull(),
    });
  } finally {
    for (const signal of SIGNALS) {
      process.off(signal, stop);
    }
    process.off('SIGHUP', hangUp);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function madeMessage(folder: string, passphrase: string | undefined): string {
  return passphrase === undefined
    ? `Made a new home in ${folder}, sealed with the key in\n${folder}/key. ` +
        'Keep a copy of that file somewhere else: without it nothing opens.'
    : `Made a new home in ${folder}, sealed with your passphrase.\nNobody can restore it: ` +
        'keep it somewhere safe.';
}
