import { readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Archive, StoreError } from '../../lambda/ports.ts';
import { type DurableFiles, syncFolder } from './durable-files.ts';
import { toStoreError } from './file-error.ts';
import type { Sealer } from './seal.ts';
import { isMissing, parseJson, readTextIfThere } from './stored-json.ts';

/**
 * Creates an archive of write-once JSON files. The whole answer of an exchange is sealed, for its
 * key and for the fields beside it. Its headers are part of that, since a server may echo anything.
 */
export function createFolderArchive(
  files: DurableFiles,
  sealer: Sealer,
  folder: string,
): Archive & Required<Pick<Archive, 'remove'>> {
  async function get(key: string): Promise<unknown> {
    const path = pathOf(folder, key);
    const stored = await readTextIfThere(path);
    return stored === null ? null : openAnswer(sealer, key, parseStored(stored, path), path);
  }

  return {
    get,
    async put(key, value) {
      const path = pathOf(folder, key);
      const sealed = sealAnswer(sealer, key, { ...value });
      if ((await files.create(path, formatObject(sealed))) === 'created') {
        return;
      }
      // The same call again is fine; anything else would lose what is there.
      if (!isDeepStrictEqual(await get(key), JSON.parse(JSON.stringify(value)))) {
        throw new StoreError('invalid', takenMessage(path));
      }
    },
    async create(key, value) {
      // A run begins with its marker. What it brings needs room.
      await files.keepRoom();
      return files.create(pathOf(folder, key), formatObject(sealAnswer(sealer, key, { ...value })));
    },
    async list(prefix, startAfter = '') {
      const keys: string[] = [];
      const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      await collectKeys(folder, start, { prefix, startAfter }, keys);
      return keys;
    },
    async remove(keys) {
      const paths = keys.map((key) => pathOf(folder, key));
      for (const path of paths) {
        await removeIfThere(path);
      }
      for (const parent of new Set(paths.map((path) => dirname(path)))) {
        await syncIfThere(parent);
      }
    },
  };
}

/** Goes only into folders that can hold a wanted key, in the order of the keys. */
async function collectKeys(
  folder: string,
  under: string,
  wanted: { prefix: string; startAfter: string },
  keys: string[],
): Promise<void> {
  const { prefix, startAfter } = wanted;
  for (const name of await readNames(folder, under)) {
    const key = under + name;
    const isFolder = name.endsWith('/');
    if (isFolder && canHold(key, prefix, startAfter)) {
      await collectKeys(folder, key, wanted, keys);
    }
    if (!isFolder && key.startsWith(prefix) && key > startAfter) {
      keys.push(key);
    }
  }
}

function canHold(under: string, prefix: string, startAfter: string): boolean {
  return (
    (under.startsWith(prefix) || prefix.startsWith(under)) &&
    (under > startAfter || startAfter.startsWith(under))
  );
}

/**
 * Returns the names in a folder, those of folders with a slash at the end, sorted as the keys under
 * them are.
 */
async function readNames(folder: string, under: string): Promise<string[]> {
  const path = join(folder, under);
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort();
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw toStoreError(error, path);
  }
}

function pathOf(folder: string, key: string): string {
  const segments = key.split('/');
  const isWrong = segments.some(
    (segment) => segment === '' || segment.startsWith('.') || /[\\\0]/.test(segment),
  );
  if (isWrong) {
    throw new StoreError('invalid', 'that is not the key of an object in the archive');
  }
  return join(folder, ...segments);
}

function formatObject(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function sealAnswer(
  sealer: Sealer,
  key: string,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const { body, headers, wire, ...rest } = value;
  if (typeof body !== 'string') {
    return value;
  }
  const answer = JSON.stringify({ headers, body, wire });
  return { ...rest, sealed_answer: sealer.seal(answerPlace(key, rest), answer) };
}

function openAnswer(
  sealer: Sealer,
  key: string,
  stored: Record<string, unknown>,
  path: string,
): Record<string, unknown> {
  const { sealed_answer, ...rest } = stored;
  if (typeof sealed_answer !== 'string') {
    return stored;
  }
  const answer = sealer.unseal(answerPlace(key, rest), sealed_answer);
  if (answer === null) {
    throw new StoreError('damaged', damagedMessage(path));
  }
  return { ...rest, ...parseStored(answer, path) };
}

function answerPlace(key: string, rest: Record<string, unknown>): string[] {
  return ['archive', key, JSON.stringify(rest)];
}

function parseStored(text: string, path: string): Record<string, unknown> {
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null) {
    return { ...value };
  }
  throw new StoreError('damaged', damagedMessage(path));
}

function damagedMessage(path: string): string {
  return `${path} is damaged; put a good copy in its place, or move it away if there is none`;
}

function takenMessage(path: string): string {
  return `${path} already holds something else, which was not changed`;
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error) => {
    if (!isMissing(error)) {
      throw toStoreError(error, path);
    }
  });
}

async function syncIfThere(path: string): Promise<void> {
  await syncFolder(path).catch((error) => {
    if (!isMissing(error)) {
      throw toStoreError(error, path);
    }
  });
}
