import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDurableFiles } from '../../../lib/folder/durable-files.ts';
import { interceptFiles } from '../../fakes/file-operations.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

/** Notes each link, and each sync of a file or folder, in the order in which they end. */
function noteWrites(home: string): string[] {
  const notes: string[] = [];
  interceptFiles(home, async (operation, path, perform) => {
    const result = await perform();
    const name = path.slice(home.length + 1).replace(/^tmp\/.+/, 'a draft');
    if (operation === 'link') {
      notes.push(`link ${name}`);
    }
    if (operation === 'open') {
      noteSync(result, () => notes.push(`sync ${name}`));
    }
    return result;
  });
  return notes;
}

function noteSync(handle: unknown, note: () => void): void {
  const { sync } = handle as { sync: () => Promise<void> };
  Object.assign(handle as object, { sync: () => sync.call(handle).then(note) });
}

describe(createDurableFiles.name, () => {
  it('syncs the text before the rename, and folders before the write counts', async () => {
    const home = temporaryFolder();
    const files = createDurableFiles(home);
    const notes = noteWrites(home);
    expect(await files.create(join(home, 'a', 'b', 'file'), 'text')).toBe('created');
    expect(notes.slice(-3)).toEqual(['sync a draft', 'link a/b/file', 'sync a/b']);
    expect(notes.slice(0, -3)).toEqual(expect.arrayContaining(['sync a', 'sync ']));
  });

  it('syncs a name that another process made and may not have synced', async () => {
    const home = temporaryFolder();
    await createDurableFiles(home).create(join(home, 'a', 'file'), 'first');
    const notes = noteWrites(home);
    expect(await createDurableFiles(home).create(join(home, 'a', 'file'), 'second')).toBe('exists');
    expect(notes).toEqual(expect.arrayContaining(['sync ', 'sync a']));
    expect(notes.at(-1)).toBe('sync a');
    expect(await readFile(join(home, 'a', 'file'), 'utf8')).toBe('first');
  });
});
