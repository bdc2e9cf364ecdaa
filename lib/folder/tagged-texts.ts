import { randomUUID } from 'node:crypto';
import type { Tagged } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { addVersion, nextCreatedAt, readNewestVersion } from './versioned-text.ts';

/** Returns the newest text in a folder of versions, or null for none. Throws StoreError. */
export async function readTagged(folder: string): Promise<Tagged | null> {
  const version = await readNewestVersion(folder);
  return version && { text: version.text, etag: version.id };
}

/**
 * Adds a version if the newest one is the one that `etag` names (null: there is none). Throws
 * StoreError, after which it may have happened or not.
 */
export async function writeTagged(
  files: DurableFiles,
  folder: string,
  text: string,
  etag: string | null,
): Promise<{ etag: string } | 'refused'> {
  const before = await readNewestVersion(folder);
  if ((before?.id ?? null) !== etag) {
    return 'refused';
  }
  const version = {
    number: (before?.number ?? 0) + 1,
    id: randomUUID(),
    createdAt: nextCreatedAt(before),
    text,
  };
  const added = await addVersion(files, folder, version);
  return added === 'written' ? { etag: version.id } : 'refused';
}
