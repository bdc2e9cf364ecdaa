import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolderArchive } from '../../../lib/folder/folder-archive.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { interceptFiles } from '../../fakes/file-operations.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

function keyOf(turn: number, tenant = 'acme', shard = 'default'): string {
  return `responses/${shard}/${String(turn).padStart(8, '0')}-2026-11-22T02:17:03.120Z/${tenant}-1.json`;
}

async function makeArchive() {
  const home = temporaryFolder();
  const { archive } = await openFolderHome({ home });
  return { home, archive, pathOf: (key: string) => join(home, 'archive', key) };
}

describe(createFolderArchive.name, () => {
  it('seals the answer of an exchange, and keeps the rest readable', async () => {
    const { archive, pathOf } = await makeArchive();
    const answer = { headers: { 'x-token': 'a' }, body: 'the body', wire: 'dGhlIHdpcmU=' };
    await archive.put(keyOf(1), { tenant: 'acme', status: 200, ...answer });
    const file = JSON.parse(await readFile(pathOf(keyOf(1)), 'utf8'));
    expect(file).toMatchObject({
      tenant: 'acme',
      status: 200,
      sealed_answer: expect.stringMatching(/^v1\./),
    });
    for (const field of Object.keys(answer)) {
      expect(file).not.toHaveProperty(field);
    }
    expect(await archive.get(keyOf(1))).toMatchObject(answer);
  });

  it('opens an exchange under no other key, and none that was edited or cut', async () => {
    const { archive, pathOf } = await makeArchive();
    await archive.put(keyOf(1), { tenant: 'acme', spent: 'aa', body: 'the body' });
    const text = await readFile(pathOf(keyOf(1)), 'utf8');
    await copyFile(pathOf(keyOf(1)), pathOf(keyOf(1, 'brandx')));
    await expect(archive.get(keyOf(1, 'brandx'))).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'damaged',
    });
    for (const damaged of [text.replace('"aa"', '"bb"'), text.slice(0, -10), '', 'null', '"x"']) {
      await writeFile(pathOf(keyOf(1)), damaged);
      await expect(archive.get(keyOf(1))).rejects.toMatchObject({
        reason: 'damaged',
        message: expect.stringContaining(pathOf(keyOf(1))),
      });
    }
  });

  it('still opens an exchange that was laid out again', async () => {
    const { archive, pathOf } = await makeArchive();
    await archive.put(keyOf(1), { tenant: 'acme', body: 'the body' });
    const path = pathOf(keyOf(1));
    const laidOut = JSON.stringify(JSON.parse(await readFile(path, 'utf8')));
    await writeFile(path, `\ufeff${laidOut}`);
    expect(await archive.get(keyOf(1))).toEqual({ tenant: 'acme', body: 'the body' });
  });

  it('keeps what is under a key', async () => {
    const { archive } = await makeArchive();
    await archive.put(keyOf(1), { tenant: 'acme', body: 'first' });
    await expect(archive.put(keyOf(1), { tenant: 'acme', body: 'second' })).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'invalid',
    });
    expect(await archive.get(keyOf(1))).toEqual({ tenant: 'acme', body: 'first' });
  });

  it('takes no path for a key', async () => {
    const { archive } = await makeArchive();
    for (const key of [
      '../home.json',
      'responses/../../key',
      '/etc/passwd',
      'responses//a',
      '',
      'responses/.a',
      'a\\b',
      'a\0',
    ]) {
      for (const call of [
        () => archive.get(key),
        () => archive.put(key, { a: 1 }),
        () => archive.remove([key]),
      ]) {
        await expect(call()).rejects.toMatchObject({ name: 'StoreError', reason: 'invalid' });
      }
    }
  });

  it('reads only the folders that can hold what is asked for', async () => {
    const { home, archive } = await makeArchive();
    for (let turn = 1; turn <= 20; turn += 1) {
      await archive.put(keyOf(turn), { turn });
    }
    await archive.put(keyOf(1, 'acme', 'eu'), { turn: 1 });
    await archive.put('runs/2026-11-22T02:17:03.120Z-0f0e.json', {});
    const read: string[] = [];
    interceptFiles(home, (operation, path, perform) => {
      if (operation === 'readdir') {
        read.push(path.slice(home.length));
      }
      return perform();
    });
    expect(await archive.list('responses/default/', 'responses/default/00000019')).toEqual([
      keyOf(19),
      keyOf(20),
    ]);
    expect(read).toHaveLength(3);
  });
});
