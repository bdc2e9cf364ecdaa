import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { UsageError } from '../errors.ts';
import { decodeText } from './decode-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * Reads a text from a file, or from stdin where the path is `-`, in the encoding that it has.
 * Throws UsageError where the file cannot be read, and CommandError where it is no text.
 */
export async function readInput({ stdin }: Terminal, path: string): Promise<string> {
  if (path === '-') return decodeText(await buffer(stdin), 'What came on stdin');
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => error.code ?? '');
  if (typeof bytes !== 'string') return decodeText(bytes, `The file ${path}`);
  throw new UsageError(`The file ${path} cannot be read: ${REASONS.get(bytes) ?? bytes}.`);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is none'],
  ['EACCES', 'you may not read it'],
  ['EISDIR', 'it is a folder'],
]);
