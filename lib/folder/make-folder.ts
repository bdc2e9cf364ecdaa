import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder with its parents, where they are missing. Throws what the system says. The
 * recursive mkdir of Node 20 tries for ever where the parent is there and takes no folder, such as
 * `/proc`, or a link to a disk that is not mounted.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  if (await isFolder(path)) {
    return;
  }
  const parent = dirname(path);
  if (parent !== path) {
    await makeFolder(parent, mode);
  }
  await mkdir(path, { mode }).catch(async (error) => {
    // Another process may have been faster.
    if (!(await isFolder(path))) {
      throw error;
    }
  });
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
