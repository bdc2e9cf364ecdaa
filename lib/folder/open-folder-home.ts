import { chmod, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import type { Archive, Records, Secrets, ShardStates } from '../../lambda/ports.ts';
import { createDurableFiles, removeAbandonedDrafts } from './durable-files.ts';
import { createFolderArchive } from './folder-archive.ts';
import { createFolderRecords } from './folder-records.ts';
import { createFolderSecrets, createShardFolder } from './folder-secrets.ts';
import { createFolderStates } from './folder-states.ts';
import { unlockHome } from './home-key.ts';

/** The stores of a run over a folder. */
export interface FolderHome {
  vault: Secrets;
  accessTokens: Secrets;
  archive: Archive & Required<Pick<Archive, 'remove'>>;
  records: Records;
  states: ShardStates;
  /**
   * Makes a shard, empty, with its access-token secret. One that exists stays as it is. Throws
   * StoreError.
   */
  addShard(shard: string): Promise<void>;
}

export interface FolderHomeOptions {
  /** The folder. Made, with all that belongs into it, where there is none. */
  home: string;
  /**
   * Seals the home; without one, a new home gets a generated key file. Must be given exactly for a
   * home that was made with one.
   */
  passphrase?: string | undefined;
  /** Called when the disk is full and a write took the room that was kept for it. */
  onDiskFull?: () => void;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Opens a home, or makes one. A home is the folder in which local mode keeps all of these.
 *
 *     home.json                                   format, origin of the key, a check of the key
 *     key                                         the generated key, where there is no passphrase
 *     tenants/<shard>/<number>.json               the vault, sealed: the highest number counts
 *     access-tokens/<shard>/<number>.json         the access-token secret, sealed
 *     state/<shard>/<number>.json                 the lease and the histories
 *     archive/responses/…, archive/runs/…         the archive, under its keys, the bodies sealed
 *     records/known/…, records/links/…            what was ever known, and connect links
 *     reserve                                     room for answers under way on a full disk
 *     tmp/                                        files on their way
 *
 * Folders are 0700 and files 0600 from their creation. Throws StoreError, which says what is wrong
 * with which file and what to do. A wrong passphrase or key is found out before anything is
 * written.
 */
export async function openFolderHome(options: FolderHomeOptions): Promise<FolderHome> {
  const home = resolve(options.home);
  const files = createDurableFiles(home, options.onDiskFull);
  const sealer = await unlockHome(files, home, options.passphrase);
  const folders = {
    tenants: join(home, 'tenants'),
    accessTokens: join(home, 'access-tokens'),
    archive: join(home, 'archive'),
    states: join(home, 'state'),
  };
  await tightenModes(home);
  await removeAbandonedDrafts(home, Date.now());

  async function addShard(shard: string): Promise<void> {
    await createShardFolder(files, folders.accessTokens, shard);
    await createShardFolder(files, folders.tenants, shard);
  }
  await addShard(DEFAULT_SHARD);

  return {
    vault: createFolderSecrets(files, sealer, folders.tenants, 'tenants'),
    accessTokens: createFolderSecrets(files, sealer, folders.accessTokens, 'access-tokens'),
    archive: createFolderArchive(files, sealer, folders.archive),
    records: createFolderRecords(files, join(home, 'records')),
    states: createFolderStates(files, folders.states),
    addShard,
  };
}

/**
 * Takes away what others may do with an existing home, since a copy or a volume often comes with
 * wider modes. Below these folders nobody else gets anyway.
 */
async function tightenModes(home: string): Promise<void> {
  const names = [
    '.',
    'tenants',
    'access-tokens',
    'archive',
    'records',
    'state',
    'tmp',
    'home.json',
    'key',
  ];
  await Promise.all(names.map((name) => tightenMode(join(home, name))));
}

async function tightenMode(path: string): Promise<void> {
  try {
    const found = await stat(path);
    const mode = found.isDirectory() ? FOLDER_MODE : FILE_MODE;
    if ((found.mode & 0o777 & ~mode) !== 0) {
      await chmod(path, mode);
    }
  } catch {
    // Not there yet, or not ours, as the root of a mounted volume is.
  }
}
