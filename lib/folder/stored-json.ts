import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { StoreError } from '../../lambda/ports.ts';
import { fileErrorCode, toStoreError } from './file-error.ts';

const formatField = z.object({ format: z.number() });

/** Reads the text of a file, or null where there is none. Throws StoreError. */
export async function readTextIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) {
      return null;
    }
    throw toStoreError(error, path);
  }
}

/** Returns true for the error of a file, or of a folder above it, that is not there. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error) ?? '');
}

/**
 * Returns the value of a JSON text, unchecked, or undefined where it is none. Never throws, since a
 * SyntaxError would quote the text.
 */
export function parseJson(text: string): unknown {
  try {
    // An editor puts a byte order mark before what it saves.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** Throws StoreError where the `format` of a file's content is above the one that is known. */
export function refuseNewerFormat(content: unknown, known: number, path: string): void {
  const { success, data } = formatField.safeParse(content);
  if (success && data.format > known) {
    throw new StoreError(
      'invalid',
      `${path} was written by a newer version of token-rotator; update this one`,
    );
  }
}
