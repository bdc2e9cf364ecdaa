import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/**
 * Reads a passphrase from a file, or from stdin where the path is `-`. One line end behind it is
 * not part of it: editors add one. Whoever seals a home and whoever opens it read it here, so that
 * both get the same. Throws what Node throws where the file cannot be read.
 */
export async function readPassphraseFile(path: string, stdin: Readable): Promise<string> {
  const read = path === '-' ? await text(stdin) : await readFile(path, 'utf8');
  return read.replace(/\r?\n$/, '');
}
