import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isName } from '../../lambda/names.ts';
import { type Secrets, type SecretVersion, StoreError } from '../../lambda/ports.ts';
import { refuseNewTwins, refuseTwinShard } from './case-twins.ts';
import type { DurableFiles } from './durable-files.ts';
import { toStoreError } from './file-error.ts';
import type { Sealer } from './seal.ts';
import {
  addVersion,
  damagedMessage,
  findKeptVersion,
  nextCreatedAt,
  readNewestVersion,
  type TextVersion,
} from './versioned-text.ts';

/**
 * Creates a store of one sealed text per shard, in a folder per shard. A version is sealed for its
 * role, shard, number, id and time, and opens as no other.
 */
export function createFolderSecrets(
  files: DurableFiles,
  sealer: Sealer,
  folder: string,
  role: 'tenants' | 'access-tokens',
): Secrets {
  const folderOf = (shard: string) => join(folder, shard);

  function unseal(shard: string, version: TextVersion): TextVersion {
    const text = sealer.unseal(placeOf(role, shard, version), version.text);
    if (text === null) {
      throw new StoreError(
        'invalid',
        damagedMessage(`version ${version.number} in ${folderOf(shard)}`),
      );
    }
    return { ...version, text };
  }

  async function shards(): Promise<string[]> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) =>
      Promise.reject(toStoreError(error, folder)),
    );
    return entries
      .filter((entry) => entry.isDirectory() && isName(entry.name))
      .map((entry) => entry.name)
      .sort();
  }

  async function readVersion(
    shard: string,
    readFrom = readNewestVersion,
  ): Promise<TextVersion | null> {
    const version = isName(shard) ? await readFrom(folderOf(shard)) : null;
    if (version) {
      return unseal(shard, version);
    }
    if ((await shards()).includes(shard)) {
      return null;
    }
    throw new StoreError(
      'not_found',
      `there is no shard ${isName(shard) ? shard : 'of that name'} in ${folder}`,
    );
  }

  async function read(shard: string): Promise<SecretVersion | null> {
    return toSecretVersion(await readVersion(shard));
  }

  return {
    maxBytes: Number.MAX_SAFE_INTEGER,
    label: folderOf,
    shards,
    read,
    // Nothing else writes a version.
    lastSwapped: read,
    async findKept(shard, age, isWanted) {
      const isIt = (version: TextVersion) => isWanted(unseal(shard, version).text);
      return toSecretVersion(await readVersion(shard, (path) => findKeptVersion(path, age, isIt)));
    },
    async swap(shard, read, text, requestToken) {
      const before = await readVersion(shard);
      if (before?.id === requestToken) {
        return sameSwap(before.text, text);
      }
      if ((before?.id ?? null) !== read) {
        return 'refused';
      }
      if (role === 'tenants') {
        refuseNewTwins(before?.text ?? null, text);
      }
      const draft = {
        number: (before?.number ?? 0) + 1,
        id: requestToken,
        createdAt: nextCreatedAt(before),
      };
      const sealed = sealer.seal(placeOf(role, shard, draft), text);
      return (await addVersion(files, folderOf(shard), { ...draft, text: sealed })) === 'written'
        ? 'swapped'
        : 'refused';
    },
  };
}

/** Makes a shard, empty. One that exists stays as it is. */
export async function createShardFolder(
  files: DurableFiles,
  folder: string,
  shard: string,
): Promise<void> {
  if (!isName(shard)) {
    throw new StoreError(
      'invalid',
      'a shard has a name of at most 64 letters, digits, dots, dashes and underscores',
    );
  }
  refuseTwinShard(shard, await readdir(folder).catch(() => []));
  await files.createFolder(join(folder, shard));
}

function toSecretVersion(version: TextVersion | null): SecretVersion | null {
  return version && { versionId: version.id, createdAt: version.createdAt, text: version.text };
}

function sameSwap(written: string, text: string): 'swapped' {
  if (written === text) {
    return 'swapped';
  }
  throw new StoreError('invalid', 'that request token was used for another text');
}

function placeOf(
  role: string,
  shard: string,
  version: Omit<TextVersion, 'text'>,
): (string | number)[] {
  return [role, shard, version.number, version.id, version.createdAt];
}
