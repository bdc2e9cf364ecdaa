import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolderStates } from '../../../lib/folder/folder-states.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

describe(createFolderStates.name, () => {
  it('starts again where somebody deleted the state, and refuses who had read it', async () => {
    const home = temporaryFolder();
    const { states } = await openFolderHome({ home });
    const written = await states.write('default', 'one', null);
    await rm(join(home, 'state'), { recursive: true });
    expect(await states.read('default')).toBeNull();
    expect(await states.write('default', 'two', written === 'refused' ? '' : written.etag)).toBe(
      'refused',
    );
    expect(await states.write('default', 'three', null)).toEqual({ etag: expect.any(String) });
    expect((await states.read('default'))?.text).toBe('three');
  });
});
