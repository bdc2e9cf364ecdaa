import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isName } from '../../lambda/names.ts';
import { type ShardStates, StoreError } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { isHolderGone, nameHolder } from './lease-holder.ts';
import { addVersion, nextCreatedAt, readNewestVersion } from './versioned-text.ts';

/** One state per shard, in a folder per shard. Not sealed: it holds fingerprints, never tokens. */
export function createFolderStates(files: DurableFiles, folder: string): ShardStates {
  function folderOf(shard: string): string {
    if (!isName(shard)) throw new StoreError('invalid', 'that is not the name of a shard');
    return join(folder, shard);
  }

  return {
    async read(shard) {
      const version = await readNewestVersion(folderOf(shard));
      return version && { text: version.text, etag: version.id };
    },
    async write(shard, text, etag) {
      const before = await readNewestVersion(folderOf(shard));
      if ((before?.id ?? null) !== etag) return 'refused';
      const version = {
        number: (before?.number ?? 0) + 1,
        id: randomUUID(),
        createdAt: nextCreatedAt(before),
        text,
      };
      return (await addVersion(files, folderOf(shard), version)) === 'written'
        ? { etag: version.id }
        : 'refused';
    },
    holder: nameHolder,
    isGone: async (holder) => isHolderGone(holder),
  };
}
