import { randomBytes } from 'node:crypto';
import { open, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../../lambda/ports.ts';
import { fileErrorCode } from './file-error.ts';

/** Room for the answers under way. What is written of one reply has a few kilobytes. */
const RESERVE_BYTES = 1_048_576;
const FILE_MODE = 0o600;

/** Room on a disk that is kept for what must not be lost. */
export interface DiskReserve {
  /**
   * Keeps the room, also where it was used before. Throws StoreError where the disk has too little,
   * so that nothing is begun whose result would have no place.
   */
  renew(): Promise<void>;
  /** Keeps the room unless this process has kept, or used, it already. Throws StoreError. */
  keep(): Promise<void>;
  /** Gives the room free. Another process may have done so before, or may take of it. */
  use(): Promise<void>;
}

/** Returns true for the errors of a disk, or a quota, that is full. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(fileErrorCode(error) ?? '');
}

/** Keeps room in the file `reserve` of a home. It stays there between runs. */
export function createDiskReserve(home: string): DiskReserve {
  const path = join(home, 'reserve');
  let isKept = false;

  async function renew(): Promise<void> {
    if ((await sizeOf(path)) !== RESERVE_BYTES) {
      await fill(path, home);
    }
    isKept = true;
  }

  return {
    renew,
    async keep() {
      if (!isKept) {
        await renew();
      }
    },
    async use() {
      isKept = true;
      await unlink(path).catch(() => undefined);
    },
  };
}

/** Random bytes, since some file systems keep others in less room. */
async function fill(path: string, home: string): Promise<void> {
  try {
    const handle = await open(path, 'w', FILE_MODE);
    try {
      await handle.writeFile(randomBytes(RESERVE_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isDiskFull(error)) {
      throw error;
    }
    await unlink(path).catch(() => undefined);
    throw new StoreError(
      'unavailable',
      `the disk of ${home} is nearly full, and a new token might find no place on it. ` +
        `Nothing was sent. Free at least ${RESERVE_BYTES / 1_048_576} MiB and run again`,
      { cause: error },
    );
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
