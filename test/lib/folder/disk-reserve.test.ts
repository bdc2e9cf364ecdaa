import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDiskReserve } from '../../../lib/folder/disk-reserve.ts';
import { createDurableFiles } from '../../../lib/folder/durable-files.ts';
import { interceptFiles } from '../../fakes/file-operations.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const MIB = 1_048_576;

function full(): Error {
  return Object.assign(new Error('no space'), { code: 'ENOSPC' });
}

/** A disk on which only what lies there already has a place, until the reserve is gone. */
function fillDisk(home: string): void {
  const reserve = join(home, 'reserve');
  interceptFiles(home, (operation, path, perform) => {
    const isWrite = operation === 'open' && (path === reserve || path.includes('/tmp/'));
    const hasRoom = !readdirSync(home).includes('reserve') && path !== reserve && wasKept;
    return isWrite && !hasRoom ? Promise.reject(full()) : perform();
  });
  const wasKept = readdirSync(home).includes('reserve');
}

describe(createDiskReserve.name, () => {
  it('keeps a MiB before the first file is written, readable by its owner alone', async () => {
    const home = temporaryFolder();
    await createDurableFiles(home).create(join(home, 'a', 'b'), 'text');
    const { size, mode, blocks } = await stat(join(home, 'reserve'));
    expect([size, mode & 0o777]).toEqual([MIB, 0o600]);
    expect(blocks * 512).toBeGreaterThanOrEqual(MIB);
  });

  it('lets nothing begin on a disk that has no room for it', async () => {
    const home = temporaryFolder();
    fillDisk(home);
    await expect(createDurableFiles(home).create(join(home, 'a'), 'text')).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'unavailable',
      message: expect.stringMatching(/nearly full.*Nothing was sent.*Free at least 1 MiB/),
    });
    expect(readdirSync(home)).not.toContain('reserve');
  });

  it('gives its room to the writes that find the disk full, and says so', async () => {
    const home = temporaryFolder();
    const said: string[] = [];
    const files = createDurableFiles(home, () => said.push('full'));
    await files.create(join(home, 'a'), 'first');
    fillDisk(home);
    const answers = ['a1', 'a2'].map((name) => files.create(join(home, name), 'token'));
    expect(await Promise.all(answers)).toEqual(['created', 'created']);
    expect(await files.create(join(home, 'vault'), 'token')).toBe('created');
    expect(said).toEqual(['full', 'full']);
    expect(readdirSync(home)).not.toContain('reserve');
  });

  it('is made whole where a process died as it made it', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'reserve'), 'a part');
    await createDiskReserve(home).keep();
    expect(statSync(join(home, 'reserve')).size).toBe(MIB);
  });
});
