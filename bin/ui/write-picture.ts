import { writeFile } from 'node:fs/promises';
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
  await writeFile(path, page, { mode: FILE_MODE }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`The file ${path} could not be written (${error.code ?? 'unknown'}).`);
  });
}
