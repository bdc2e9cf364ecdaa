import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undamagedObject } from '../../../lambda/keep/undamaged-object.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const KEY = 'responses/default/00000001-2026-11-22T02:17:03.120Z/acme-1.json';

describe(undamagedObject.name, () => {
  it('gives what is there, null for nothing, and undefined for a truncated or empty file', async () => {
    const home = temporaryFolder();
    const { archive } = await openFolderHome({ home });
    expect(await undamagedObject(archive, KEY)).toBeNull();
    await archive.put(KEY, { tenant: 'acme', body: 'the body' });
    expect(await undamagedObject(archive, KEY)).toEqual({ tenant: 'acme', body: 'the body' });
    for (const length of [20, 0]) {
      await truncate(join(home, 'archive', KEY), length);
      expect(await undamagedObject(archive, KEY)).toBeUndefined();
    }
  });

  it('throws where the store cannot be read', async () => {
    const get = () => Promise.reject(new StoreError('denied', 'no right'));
    await expect(undamagedObject({ get }, KEY)).rejects.toMatchObject({ reason: 'denied' });
  });
});
