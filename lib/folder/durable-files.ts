import { randomUUID } from 'node:crypto';
import { link, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDiskReserve, isDiskFull } from './disk-reserve.ts';
import { fileErrorCode, toStoreError } from './file-error.ts';
import { makeFolder } from './make-folder.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Longer than any write takes. A process that died left behind what is older. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Creates files in one home so that they are whole and durable, or not there at all. */
export interface DurableFiles {
  /**
   * Creates a file of mode 0600 with its folders of mode 0700. A file that exists is left alone.
   * When it resolves, the file and its name are on the disk, also where another process created it.
   * Throws StoreError, after which the file may be there, whole, or not.
   */
  create(path: string, text: string): Promise<'created' | 'exists'>;
  /**
   * Puts a file of mode 0600 in the place of another, whole. A reader sees the old one or the new
   * one. It is on the disk when it resolves. Throws StoreError.
   */
  replace(path: string, text: string): Promise<void>;
  /**
   * Deletes a file, if it is there. It is gone from the disk when it resolves. Throws StoreError.
   */
  remove(path: string): Promise<void>;
  /** Creates a folder of mode 0700 where there is none, with its parents. */
  createFolder(path: string): Promise<void>;
  /**
   * Keeps room for what a run is going to bring. Throws StoreError where the disk has too little.
   */
  keepRoom(): Promise<void>;
}

/**
 * Creates the files of a home. Calls `onDiskFull` for each write that finds the disk full. The write
 * is tried again in the room that was kept for it. Nothing new should begin then.
 *
 * Each file is written and synced under a name of its own in the home's `tmp` and then linked to
 * its place. link(2) fails when the name is taken, so of several processes exactly one creates a
 * file, and no reader ever sees a part of one. A process killed in between leaves only a file in
 * `tmp`.
 *
 * No write has a limit of time. Node can give up no operation on a file: its thread waits for the
 * disk, and so does the end of the process. Nothing would be gained either, since vault and archive
 * are on one disk. The lease ends meanwhile by the clock alone, so nothing more is asked, and a write
 * that lands late is refused where another process was faster.
 */
export function createDurableFiles(home: string, onDiskFull: () => void = ignore): DurableFiles {
  const reserve = createDiskReserve(home);
  const temporary = join(home, 'tmp');
  /**
   * Folders whose own names this process has brought to the disk; another process may have made
   * them and died before its sync.
   */
  const settled = new Set<string>();

  async function createFolder(path: string): Promise<void> {
    if (settled.has(path)) {
      return;
    }
    await makeFolder(path, FOLDER_MODE);
    // The folder around the home is not ours, and may not be readable.
    if (path === home) {
      await syncFolder(dirname(path)).catch(ignore);
    } else {
      await syncFolder(dirname(path));
      await createFolder(dirname(path));
    }
    settled.add(path);
  }

  async function createOnce(path: string, text: string): Promise<'created' | 'exists'> {
    await createFolder(temporary);
    await createFolder(dirname(path));
    const draft = join(temporary, randomUUID());
    try {
      await writeSynced(draft, text);
      const result = await linkUnlessTaken(draft, path);
      await syncFolder(dirname(path));
      return result;
    } finally {
      await unlink(draft).catch(ignore);
    }
  }

  async function create(path: string, text: string): Promise<'created' | 'exists'> {
    await createFolder(home);
    await reserve.keep();
    return createOnce(path, text).catch(async (error) => {
      await mend(error);
      return createOnce(path, text);
    });
  }

  /** Removes the cause for which a write failed, or throws the error. */
  async function mend(error: unknown): Promise<void> {
    // Somebody may have deleted a folder.
    if (fileErrorCode(error) === 'ENOENT') {
      settled.clear();
    } else if (isDiskFull(error)) {
      await reserve.use();
      onDiskFull();
    } else {
      throw error;
    }
  }

  async function replace(path: string, text: string): Promise<void> {
    await createFolder(temporary);
    const draft = join(temporary, randomUUID());
    await writeSynced(draft, text);
    await rename(draft, path);
    await syncFolder(dirname(path));
  }

  async function remove(path: string): Promise<void> {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  }

  return {
    keepRoom: () => reserve.renew().catch((error) => Promise.reject(toStoreError(error, home))),
    replace: (path, text) =>
      replace(path, text).catch((error) => Promise.reject(toStoreError(error, path))),
    remove: (path) => remove(path).catch((error) => Promise.reject(toStoreError(error, path))),
    create: (path, text) =>
      create(path, text).catch((error) => Promise.reject(toStoreError(error, path))),
    createFolder: (path) =>
      createFolder(path).catch((error) => Promise.reject(toStoreError(error, path))),
  };
}

/**
 * Removes the drafts that killed processes left in the home's `tmp`. Never throws. Whatever stays
 * is tried again next time.
 */
export async function removeAbandonedDrafts(home: string, now: number): Promise<void> {
  const temporary = join(home, 'tmp');
  for (const name of await readdir(temporary).catch(() => [])) {
    const path = join(temporary, name);
    const written = await stat(path).catch(ignore);
    if (written && now - written.mtimeMs > ABANDONED_AFTER_MS) {
      await unlink(path).catch(ignore);
    }
  }
}

/** Brings the names in a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkUnlessTaken(from: string, to: string): Promise<'created' | 'exists'> {
  try {
    await link(from, to);
    return 'created';
  } catch (error) {
    if (fileErrorCode(error) === 'EEXIST') {
      return 'exists';
    }
    throw error;
  }
}

function ignore(): undefined {
  return undefined;
}
