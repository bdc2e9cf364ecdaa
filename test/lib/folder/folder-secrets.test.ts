import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseNewTwins } from '../../../lib/folder/case-twins.ts';
import { createFolderSecrets } from '../../../lib/folder/folder-secrets.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const TOKENS = { one: 'one'.padEnd(32, '-'), two: 'two'.padEnd(32, '-') };

/** A home whose vault has two versions in `default` and one in `eu`. */
async function makeHome() {
  const home = temporaryFolder();
  const ports = await openFolderHome({ home });
  await ports.addShard('eu');
  await ports.vault.swap('default', null, 'text one', TOKENS.one);
  await ports.vault.swap('default', TOKENS.one, 'text two', TOKENS.two);
  await ports.vault.swap('eu', null, 'text of eu', TOKENS.one);
  await ports.accessTokens.swap('default', null, 'access', TOKENS.one);
  const version = (number: number, shard = 'default', role = 'tenants') =>
    join(home, role, shard, `0000000${number}.json`);
  return { home, ...ports, version };
}

describe(createFolderSecrets.name, () => {
  it('does not open a version at another number, in another shard or in another role', async () => {
    const { vault, version } = await makeHome();
    for (const from of [version(1), version(1, 'eu'), version(1, 'default', 'access-tokens')]) {
      await copyFile(from, version(3));
      await expect(vault.read('default')).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'invalid',
      });
      await expect(vault.swap('default', TOKENS.one, 'text', 'x'.repeat(32))).rejects.toMatchObject(
        { name: 'StoreError' },
      );
    }
  });

  it('does not open two files that were swapped', async () => {
    const { vault, version } = await makeHome();
    await rename(version(1), `${version(1)}.moved`);
    await rename(version(1, 'eu'), version(1));
    await rename(`${version(1)}.moved`, version(1, 'eu'));
    await expect(vault.read('eu')).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining('tenants/eu'),
    });
    expect((await vault.read('default'))?.text).toBe('text two');
  });

  it('does not open a version whose id or time was edited', async () => {
    const { vault, version } = await makeHome();
    const file = JSON.parse(await readFile(version(2), 'utf8'));
    for (const edit of [
      { id: TOKENS.one },
      { created_at: '2020-01-01T00:00:00.000Z' },
      { text: file.text.slice(0, -4) },
    ]) {
      await writeFile(version(2), JSON.stringify({ ...file, ...edit }));
      await expect(vault.read('default')).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'invalid',
      });
    }
  });

  it('gives back the version before when a damaged one is moved away', async () => {
    const { vault, version } = await makeHome();
    await writeFile(version(2), '{"for');
    await expect(vault.read('default')).rejects.toThrow(/move it away/);
    await rename(version(2), `${version(2)}.damaged`);
    expect((await vault.read('default'))?.text).toBe('text one');
    expect(await vault.swap('default', TOKENS.one, 'text three', TOKENS.two)).toBe('swapped');
  });

  it('tells one faulty shard from the healthy ones', async () => {
    const { vault, version } = await makeHome();
    await writeFile(version(1, 'eu'), '');
    await expect(vault.read('eu')).rejects.toMatchObject({ reason: 'invalid' });
    expect((await vault.read('default'))?.text).toBe('text two');
    expect(await vault.shards()).toEqual(['default', 'eu']);
  });

  it('takes no path for a shard', async () => {
    const { vault, states, addShard } = await makeHome();
    for (const shard of ['../tenants/eu', 'eu/../eu', '', '.', '..', '__proto__/x', 'eu\0']) {
      await expect(vault.read(shard)).rejects.toMatchObject({ name: 'StoreError' });
      await expect(vault.swap(shard, null, '', TOKENS.one)).rejects.toMatchObject({
        name: 'StoreError',
      });
      await expect(states.read(shard)).rejects.toMatchObject({ name: 'StoreError' });
      await expect(addShard(shard)).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'invalid',
      });
    }
  });

  it('names the folder of a shard for people', async () => {
    const { vault, accessTokens, home } = await makeHome();
    expect(vault.label('eu')).toBe(join(home, 'tenants', 'eu'));
    expect(accessTokens.label('default')).toBe(join(home, 'access-tokens', 'default'));
  });

  it('refuses a map that adds a name which differs from another only in case', async () => {
    const { vault } = await openFolderHome({ home: temporaryFolder() });
    const mapOf = (...names: string[]) =>
      JSON.stringify({ version: 1, tenants: Object.fromEntries(names.map((name) => [name, {}])) });
    await vault.swap('default', null, mapOf('acme', 'brandx'), TOKENS.one);
    await expect(
      vault.swap('default', TOKENS.one, mapOf('acme', 'brandx', 'Acme'), TOKENS.two),
    ).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(
        /tenant Acme and tenant acme differ only in case.*another name/,
      ),
    });
    expect((await vault.read('default'))?.text).toBe(mapOf('acme', 'brandx'));
    const renamed = mapOf('ACME', 'brandx');
    expect(await vault.swap('default', TOKENS.one, renamed, TOKENS.two)).toBe('swapped');
  });

  it('lets a map keep such names that it already has', () => {
    const map = (token: string) => JSON.stringify({ tenants: { a: { token }, A: {} } });
    expect(() => refuseNewTwins(map('1'), map('2'))).not.toThrow();
    expect(() => refuseNewTwins(null, map('1'))).toThrow(/differ only in case/);
  });

  it('refuses a shard whose name differs from another only in case', async () => {
    const { addShard } = await makeHome();
    await expect(addShard('EU')).rejects.toThrow(/shard EU and shard eu differ only in case/);
    await addShard('eu');
  });
});
