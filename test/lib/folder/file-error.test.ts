import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lambda/ports.ts';
import { toStoreError } from '../../../lib/folder/file-error.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { interceptFiles } from '../../fakes/file-operations.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

function fault(code: string): Error {
  return Object.assign(new Error(`${code}: canary-text of the system`), { code });
}

describe(toStoreError.name, () => {
  it.each([
    ['EACCES', 'denied', /not accessible/],
    ['EROFS', 'denied', /read-only file system/],
    ['ENOSPC', 'unavailable', /disk is full; free some space/],
    ['EIO', 'unavailable', /check the disk/],
    ['EXDEV', 'invalid', /one file system/],
    ['EWHATEVER', 'unavailable', /EWHATEVER/],
  ])('says in our own words what %s means for which file', (code, reason, message) => {
    const error = toStoreError(fault(code), '/home/tenants');
    expect(error).toMatchObject({
      name: 'StoreError',
      reason,
      message: expect.stringMatching(message),
    });
    expect(error.message).toContain('/home/tenants');
    expect(error.message).not.toContain('canary');
  });

  it('gives a StoreError back as it is', () => {
    const error = new StoreError('not_found', 'there is no such shard');
    expect(toStoreError(error, '/elsewhere')).toBe(error);
  });

  it.each(['mkdir', 'open', 'link', 'readdir', 'readFile'] as const)(
    'is what every port throws when %s fails',
    async (operation) => {
      const home = temporaryFolder();
      const { vault, archive, states } = await openFolderHome({ home });
      await vault.swap('default', null, '{}', 'a'.repeat(32));
      await archive.put('responses/default/00000001-a/acme-1.json', { body: '' });
      const calls: (() => Promise<unknown>)[] = [
        () => vault.swap('default', 'a'.repeat(32), '{}', 'b'.repeat(32)),
        () => archive.put('responses/default/00000002-a/acme-1.json', { body: '' }),
        () => states.write('eu', '{}', null),
      ];
      if (operation === 'readdir') {
        calls.push(
          () => archive.list(''),
          () => vault.shards(),
        );
      }
      if (operation === 'readFile') {
        calls.push(
          () => archive.get('responses/default/00000001-a/acme-1.json'),
          () => vault.read('default'),
        );
      }
      interceptFiles(home, (now, _path, perform) =>
        now === operation ? Promise.reject(fault('ENOSPC')) : perform(),
      );
      const results = await Promise.allSettled(calls.map((call) => call()));
      const reasons = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason] : [],
      );
      expect(reasons).not.toHaveLength(0);
      for (const reason of reasons) {
        expect(reason).toMatchObject({ name: 'StoreError', reason: 'unavailable' });
      }
    },
  );
});
