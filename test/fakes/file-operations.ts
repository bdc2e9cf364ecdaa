import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

const OPERATIONS = [
  'chmod',
  'link',
  'mkdir',
  'open',
  'readdir',
  'readFile',
  'stat',
  'unlink',
] as const;
type Operation = (typeof OPERATIONS)[number];

/**
 * Stands before a file operation under `folder`: calls `perform` for it to happen, throws for it to
 * fail, never resolves for a process that died.
 */
export type FileGate = (
  operation: Operation,
  path: string,
  perform: () => Promise<unknown>,
) => Promise<unknown>;

/**
 * Passes this process's file operations under `folder` through a gate, until the function it
 * returns is called or the test ends.
 */
export function interceptFiles(folder: string, gate: FileGate): () => void {
  const originals = OPERATIONS.map(
    (operation) => [operation, fs[operation] as (...args: unknown[]) => Promise<unknown>] as const,
  );
  const opened: FileHandle[] = [];

  async function remember(result: unknown): Promise<unknown> {
    if (typeof result === 'object' && result !== null && 'fd' in result) {
      opened.push(result as FileHandle);
    }
    return result;
  }
  for (const [operation, original] of originals) {
    const replacement = (...args: unknown[]): Promise<unknown> => {
      const path = String(args[operation === 'link' ? 1 : 0]);
      if (!path.startsWith(folder)) {
        return original(...args);
      }
      return gate(operation, path, () => original(...args).then(remember));
    };
    Object.assign(fs, { [operation]: replacement });
  }
  syncBuiltinESMExports();

  const restore = () => {
    for (const [operation, original] of originals) {
      Object.assign(fs, { [operation]: original });
    }
    syncBuiltinESMExports();
  };
  onTestFinished(async () => {
    restore();
    // A process that died would have let go of its files.
    await Promise.all(opened.map((handle) => handle.close().catch(() => undefined)));
  });
  return restore;
}
