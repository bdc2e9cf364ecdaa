import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isName } from '../../lambda/names.ts';
import { type ShardStates, StoreError } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { toStoreError } from './file-error.ts';
import { isHolderGone, nameHolder } from './lease-holder.ts';
import { isMissing } from './stored-json.ts';
import { readTagged, writeTagged } from './tagged-texts.ts';

/**
 * Creates a store of one state per shard, in a folder per shard. It is not sealed, since it holds
 * no token.
 */
export function createFolderStates(files: DurableFiles, folder: string): ShardStates {
  function folderOf(shard: string): string {
    if (!isName(shard)) {
      throw new StoreError('invalid', 'that is not the name of a shard');
    }
    return join(folder, shard);
  }

  return {
    async shards() {
      const entries = await readdir(folder).catch((error) => {
        if (isMissing(error)) {
          return [];
        }
        throw toStoreError(error, folder);
      });
      return entries.filter(isName).sort();
    },
    read: async (shard) => readTagged(folderOf(shard)),
    write: async (shard, text, etag) => writeTagged(files, folderOf(shard), text, etag),
    holder: nameHolder,
    isGone: async (holder) => isHolderGone(holder),
  };
}
