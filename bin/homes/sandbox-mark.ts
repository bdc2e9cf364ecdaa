import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Marks a home as the folder of `npm start`. */
export function markSandbox(folder: string): Promise<void> {
  return writeFile(markPath(folder), 'The sandbox of npm start.\n', { mode: 0o600 });
}

/** Returns whether a home is the folder of `npm start`. */
export function isSandbox(folder: string): boolean {
  return existsSync(markPath(folder));
}

function markPath(folder: string): string {
  return join(folder, 'sandbox');
}
