import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandError } from '../errors.ts';
import { decodeText } from './decode-text.ts';
import type { Terminal } from './terminal.ts';

/**
 * Reads a text from a file, or from stdin where the path is `-`, in the encoding that it has.
 * Throws CommandError where the file cannot be read, or is no text.
 */
export async function readInput({ stdin }: Terminal, path: string): Promise<string> {
  if (path === '-') {
    return decodeText(await readAll(stdin), 'What came on stdin');
  }
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => error.code ?? '');
  if (typeof bytes !== 'string') {
    return decodeText(bytes, `The file ${path}`);
  }
  throw new CommandError(`The file ${path} cannot be read: ${REASONS.get(bytes) ?? bytes}.`);
}

/** A stream that was paused before must be resumed. */
function readAll(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    stdin.on('data', (chunk: Buffer) => chunks.push(chunk));
    stdin.once('end', () => resolve(Buffer.concat(chunks)));
    stdin.once('error', reject);
    stdin.resume();
  });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is none'],
  ['EACCES', 'you may not read it'],
  ['EISDIR', 'it is a folder'],
]);
