import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { toStoreError } from '../../lib/folder/file-error.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import type { PlaceHints } from '../terminal/place-hints.ts';
import { fleetFile } from './fleet-file.ts';
import { readSnapshot } from './fleet-snapshot.ts';

/** It names clients. Its owner says who may read it. */
const FILE_MODE = 0o600;

/**
 * Writes the fleet as one HTML file, for people who have no access: without script, secret or
 * outside request. Throws CommandError where the file cannot be written, and StoreError.
 */
export async function writePicture(home: Home, path: string, hints: PlaceHints): Promise<void> {
  const place = { title: home.title, hints };
  const page = String(await fleetFile(place, await readSnapshot(home.ports)));
  await writePrivate(path, page).catch((error) => {
    throw new CommandError(`The page could not be written: ${toStoreError(error, path).message}.`);
  });
}

/** Writes a file, or over one, or into a device. No byte is in a file that others may read. */
async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT, FILE_MODE);
  try {
    if ((await file.stat()).isFile()) {
      await file.chmod(FILE_MODE);
      await file.truncate();
    }
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
