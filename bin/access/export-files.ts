import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileErrorCode, toStoreError } from '../../lib/folder/file-error.ts';
import { makeFolder } from '../../lib/folder/make-folder.ts';
import { CommandError } from '../errors.ts';

/** The content of an exported file. Holds a secret. */
export interface ExportedToken {
  tenant: string;
  provider: string | null;
  refresh_token: string;
  fingerprint: string;
  exported_at: string;
}

/**
 * Writes `<tenant>_refresh_token_<yyyymmdd_HHMM>.json` and `.txt` (the token alone) into a folder,
 * which is made where there is none, then `<tenant>_refresh_token_latest.json` and `.txt`. All are
 * for their owner only (0600). Those with a time are never overwritten; the latest are replaced
 * whole. Returns the names. Throws CommandError.
 */
export async function writeExport(folder: string, token: ExportedToken): Promise<string[]> {
  const stem = join(folder, `${token.tenant}_refresh_token_`);
  const contents = { json: `${JSON.stringify(token, null, 2)}\n`, txt: `${token.refresh_token}\n` };
  const named = (stamp: string) =>
    Object.entries(contents).map(([ending, text]) => ({ path: `${stem}${stamp}.${ending}`, text }));
  const [dated, latest] = [named(minuteStamp(token.exported_at)), named('latest')];
  try {
    await makeFolder(folder, 0o700);
    for (const { path, text } of dated) {
      await createFile(path, text);
    }
    for (const { path, text } of latest) {
      await replaceFile(path, text);
    }
  } catch (error) {
    if (error instanceof CommandError) {
      throw error;
    }
    const { message } = toStoreError(error, placeOf(error) ?? folder);
    throw new CommandError(`The files of tenant ${token.tenant} could not be written: ${message}.`);
  }
  return [...dated, ...latest].map(({ path }) => path);
}

/** `20261123_0517`, in UTC. */
function minuteStamp(instant: string): string {
  return instant.slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '_');
}

async function createFile(path: string, text: string): Promise<void> {
  try {
    await writeNew(path, text);
  } catch (error) {
    if (fileErrorCode(error) !== 'EEXIST') {
      throw error;
    }
    throw new CommandError(
      `${path} exists already, and is not overwritten: ` +
        'export again in a minute, or into another folder.',
    );
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeNew(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Returns the path that a failed file operation is about. */
function placeOf(error: unknown): string | undefined {
  const { dest, path } = error as { dest?: string; path?: string };
  return dest ?? path;
}
