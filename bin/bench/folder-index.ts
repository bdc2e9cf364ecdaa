import type { Archive } from '../../lambda/ports.ts';
import type { Gate } from '../../test/fakes/memory-ports.ts';

/** The keys of an archive by folder. */
export type Folders = Map<string, Set<string>>;

/**
 * Lists an archive by folder, as S3 does, where the fake in memory looks through all keys. Without
 * it the fake's own time would grow with the square of the tenants.
 */
export function indexByFolder(archive: Archive, folders: Folders, gate: Gate): Archive {
  const note = (key: string) => {
    const folder = folderOf(key);
    const keys = folders.get(folder) ?? new Set();
    folders.set(folder, keys.add(key));
  };
  return {
    ...archive,
    async put(key, value) {
      await archive.put(key, value);
      note(key);
    },
    async create(key, value) {
      const created = await archive.create(key, value);
      note(key);
      return created;
    },
    list: (prefix, startAfter = '') =>
      gate(
        {
          port: 'archive',
          op: 'list',
          on: prefix,
        },
        () =>
          [...(folders.get(folderOf(prefix)) ?? [])]
            .filter((key) => key.startsWith(prefix) && key > startAfter)
            .sort(),
      ),
  };
}

/** Returns `responses/<shard>` of such a key, and the first part of any other. */
function folderOf(key: string): string {
  const [first = '', second = ''] = key.split('/');
  return first === 'responses' ? `${first}/${second}` : first;
}
