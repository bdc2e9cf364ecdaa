import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { StoreError } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { toStoreError } from './file-error.ts';
import { isMissing, parseJson, readTextIfThere, refuseNewerFormat } from './stored-json.ts';

/** One version of a text. */
export interface TextVersion {
  /** Counts from 1 without a gap. */
  number: number;
  id: string;
  /** Milliseconds since the epoch; later than that of the version before. */
  createdAt: number;
  text: string;
}

const FORMAT = 1;
const NUMBER_DIGITS = 8;
/** Versions kept, the newest included. */
const KEPT = 16;
const MAX_READS = 100;

const versionFile = z.object({
  id: z.string(),
  created_at: z.iso.datetime(),
  text: z.string(),
});

/**
 * Returns the current version of a text, or null where a folder holds none.
 *
 * Processes compare and swap a text without a lock. A folder holds one file per version, named by
 * its number, and the highest number is the current version. Who has read version n writes n+1 by
 * link(2), which one process alone can do, and which puts the whole file in place at once. A
 * process that is killed has either done that or has not. It leaves nothing to wait for or to
 * repair.
 *
 * Old versions are removed in rising order, and never the newest 16. So a number below the newest
 * 16 may be free again, and a writer that was asleep could take it. That file is never the highest,
 * no reader sees it, and addVersion notices that it cannot be sure.
 */
export async function readNewestVersion(folder: string): Promise<TextVersion | null> {
  for (let read = 0; read < MAX_READS; read += 1) {
    const number = (await listVersions(folder)).at(-1);
    if (number === undefined) {
      return null;
    }
    const version = await readVersion(folder, number);
    if (version) {
      return version;
    }
  }
  throw new StoreError('unavailable', `${folder} changes faster than it can be read; run again`);
}

/**
 * Returns the newest or the oldest version that is kept and wanted, or null where none is. One may
 * be removed between the listing and the read. Throws StoreError.
 */
export async function findKeptVersion(
  folder: string,
  age: 'newest' | 'oldest',
  isWanted: (version: TextVersion) => boolean,
): Promise<TextVersion | null> {
  const rising = await listVersions(folder);
  for (const number of age === 'oldest' ? rising : rising.toReversed()) {
    const version = await readVersion(folder, number);
    if (version && isWanted(version)) {
      return version;
    }
  }
  return null;
}

/**
 * Makes `version` current if the newest one is the one before it. When it resolves, the result is
 * on the disk. Throws StoreError, after which it may have happened or not.
 */
export async function addVersion(
  files: DurableFiles,
  folder: string,
  version: TextVersion,
): Promise<'written' | 'refused'> {
  const { number, id, createdAt, text } = version;
  const file = {
    format: FORMAT,
    id,
    created_at: new Date(createdAt).toISOString(),
    text,
  };
  const created = await files.create(join(folder, fileName(number)), `${JSON.stringify(file)}\n`);
  if (created === 'exists') {
    return 'refused';
  }
  const numbers = await listVersions(folder);
  const newest = numbers.at(-1) ?? number;
  await removeOldVersions(folder, numbers, newest);
  // Only what is more than KEPT behind the newest is ever removed. Above that, the number was free
  // because it had never been taken.
  if (newest - number < KEPT) {
    return 'written';
  }
  throw new StoreError(
    'unavailable',
    `${folder} was changed many times during one write; read it again`,
  );
}

/**
 * The time for a version after `before`, now, but always later than that one, also where the clock
 * was set back.
 */
export function nextCreatedAt(before: TextVersion | null): number {
  return Math.max(Date.now(), (before?.createdAt ?? 0) + 1);
}

/** Lists the numbers of the versions, rising. */
async function listVersions(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /^\d{8,}\.json$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw toStoreError(error, folder);
  }
}

async function readVersion(folder: string, number: number): Promise<TextVersion | null> {
  const path = join(folder, fileName(number));
  const text = await readTextIfThere(path);
  return text === null ? null : parseVersion(text, path, number);
}

function parseVersion(text: string, path: string, number: number): TextVersion {
  const content = parseJson(text);
  refuseNewerFormat(content, FORMAT, path);
  const file = versionFile.safeParse(content);
  if (!file.success) {
    throw new StoreError('invalid', damagedMessage(path));
  }
  return {
    number,
    id: file.data.id,
    createdAt: Date.parse(file.data.created_at),
    text: file.data.text,
  };
}

/** Says of a version that it cannot be read, and what to do. */
export function damagedMessage(path: string): string {
  return (
    `${path} is damaged. Put a good copy in its place, or move it away while nothing runs. ` +
    'The version before it counts then, and the next run restores newer tokens from the archive'
  );
}

async function removeOldVersions(
  folder: string,
  numbers: readonly number[],
  newest: number,
): Promise<void> {
  try {
    for (const number of numbers) {
      if (number <= newest - KEPT) {
        await unlink(join(folder, fileName(number)));
      }
    }
  } catch {
    // The write has happened. Another process may be removing the same ones; what stays is removed
    // after the next write.
  }
}

function fileName(number: number): string {
  return `${String(number).padStart(NUMBER_DIGITS, '0')}.json`;
}
