import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FEW_KEYS, type Records, StoreError } from '../../lambda/ports.ts';
import type { DurableFiles } from './durable-files.ts';
import { toStoreError } from './file-error.ts';
import { isMissing } from './stored-json.ts';
import { readTagged, writeTagged } from './tagged-texts.ts';

const KEY = /^(?<kind>[a-z]+)\/(?<name>[A-Za-z0-9._-]+)\.json$/;

/**
 * Creates a store of small texts under keys such as `known/0123456789abcdef.json`, each in a folder
 * of its versions. They are not sealed, since they hold fingerprints and hashes, never a token.
 */
export function createFolderRecords(files: DurableFiles, folder: string): Records {
  async function list(prefix: string): Promise<string[]> {
    const kind = prefix.slice(0, prefix.indexOf('/'));
    const names = await readNames(join(folder, kind));
    return names
      .map((name) => `${kind}/${name}.json`)
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  return {
    read: async (key) => readTagged(folderOf(folder, key)),
    write: async (key, text, etag) => writeTagged(files, folderOf(folder, key), text, etag),
    list,
    async listFew(prefix) {
      const keys = await list(prefix);
      return keys.length > FEW_KEYS ? null : keys;
    },
  };
}

function folderOf(folder: string, key: string): string {
  const { kind, name } = KEY.exec(key)?.groups ?? {};
  if (!kind || !name || name.startsWith('.')) {
    throw new StoreError('invalid', 'that is not the key of a record');
  }
  return join(folder, kind, name);
}

async function readNames(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw toStoreError(error, path);
  }
}
