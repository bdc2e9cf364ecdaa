import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKeySource } from '../../../lib/folder/home-key.ts';
import { type FolderHome, openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { deriveKeysCheaply } from '../../fakes/cheap-scrypt.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const TOKEN = 'token'.padEnd(32, '-');

/** Every file and folder of a home, the home itself as ''. */
async function listHome(home: string): Promise<string[]> {
  return ['', ...(await readdir(home, { recursive: true }))].sort();
}

async function fill(
  { vault, accessTokens, archive, states }: FolderHome,
  text: string,
): Promise<void> {
  await vault.swap('default', null, text, TOKEN);
  await accessTokens.swap('default', null, text, TOKEN);
  await archive.put('responses/default/00000001-a/acme-1.json', { tenant: 'acme', body: text });
  await archive.put('runs/a.json', { outcomes: [] });
  await states.write('default', '{"fingerprint":"0123456789abcdef"}', null);
}

/** What stands in every file, and when it was written. */
async function snapshot(home: string): Promise<unknown> {
  const paths = (await listHome(home)).map((name) => join(home, name));
  return Promise.all(
    paths.map(async (path) => {
      const { mode, mtimeMs } = await stat(path);
      return { path, mode, mtimeMs, text: await readFile(path, 'utf8').catch(() => 'a folder') };
    }),
  );
}

describe(openFolderHome.name, () => {
  deriveKeysCheaply();

  it('makes a home that opens again', async () => {
    const home = join(temporaryFolder(), 'deep', 'home');
    expect(await readKeySource(home)).toBeNull();
    await fill(await openFolderHome({ home }), 'text');
    expect(await readKeySource(home)).toBe('file');
    const { vault, archive } = await openFolderHome({ home });
    expect((await vault.read('default'))?.text).toBe('text');
    expect(await archive.get('responses/default/00000001-a/acme-1.json')).toEqual({
      tenant: 'acme',
      body: 'text',
    });
  });

  it('makes files 0600 and folders 0700, whatever the umask', async () => {
    const umask = process.umask(0);
    try {
      const home = join(temporaryFolder(), 'home');
      await fill(await openFolderHome({ home }), 'text');
      for (const name of await listHome(home)) {
        const found = await stat(join(home, name));
        expect([name, (found.mode & 0o777).toString(8)]).toEqual([
          name,
          found.isDirectory() ? '700' : '600',
        ]);
      }
    } finally {
      process.umask(umask);
    }
  });

  it('tightens a home that others may read', async () => {
    const home = temporaryFolder();
    await openFolderHome({ home });
    for (const name of ['', 'tenants', 'archive', 'state', 'tmp']) {
      await mkdir(join(home, name), { recursive: true });
    }
    for (const name of ['', 'tenants', 'archive', 'state', 'tmp']) {
      await chmod(join(home, name), 0o755);
    }
    for (const name of ['key', 'home.json']) {
      await chmod(join(home, name), 0o644);
    }
    await openFolderHome({ home });
    for (const name of ['', 'tenants', 'archive', 'state', 'tmp']) {
      expect((await stat(join(home, name))).mode & 0o777).toBe(0o700);
    }
    for (const name of ['key', 'home.json']) {
      expect((await stat(join(home, name))).mode & 0o777).toBe(0o600);
    }
  });

  it.each([undefined, 'a passphrase'])(
    'leaves no secret in clear text in any file (passphrase: %s)',
    async (passphrase) => {
      const canary = 'canary-Atzr|IwEBI-0123456789';
      const home = temporaryFolder();
      await fill(await openFolderHome({ home, passphrase }), `{"refresh_token":"${canary}"}`);
      const needles = [
        canary,
        canary.slice(8),
        Buffer.from(canary).toString('base64').slice(4, -4),
        Buffer.from(canary).toString('hex'),
        'a passphrase',
      ];
      const names = await readdir(home, { recursive: true, withFileTypes: true });
      const files = names.filter((entry) => entry.isFile());
      expect(files.length).toBeGreaterThan(5);
      for (const file of files) {
        const text = await readFile(join(file.parentPath, file.name), 'latin1');
        for (const needle of needles) {
          expect(text).not.toContain(needle);
        }
      }
    },
  );

  it('removes what a killed process left, but not what may still be written', async () => {
    const home = temporaryFolder();
    await openFolderHome({ home });
    for (const name of ['old', 'new']) {
      await writeFile(join(home, 'tmp', name), '');
    }
    await utimes(join(home, 'tmp', 'old'), 0, 0);
    await openFolderHome({ home });
    expect(await readdir(join(home, 'tmp'))).toEqual(['new']);
  });

  it('adds shards, and leaves those that exist', async () => {
    const home = await openFolderHome({ home: temporaryFolder() });
    await fill(home, 'text');
    for (const shard of ['eu', 'default']) {
      await home.addShard(shard);
    }
    expect(await home.vault.shards()).toEqual(['default', 'eu']);
    expect(await home.accessTokens.shards()).toEqual(['default', 'eu']);
    expect((await home.vault.read('default'))?.text).toBe('text');
  });

  it('gives one home to many that make it at once', async () => {
    const home = temporaryFolder();
    const homes = await Promise.all(Array.from({ length: 10 }, () => openFolderHome({ home })));
    await homes[0]?.vault.swap('default', null, 'text', TOKEN);
    for (const { vault } of homes) {
      expect((await vault.read('default'))?.text).toBe('text');
    }
  });

  it.each(['a file', 'a file in its way'])('says so where the home is %s', async (kind) => {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'home'), '');
    const home = kind === 'a file' ? join(folder, 'home') : join(folder, 'home', 'deeper');
    await expect(openFolderHome({ home })).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'invalid',
    });
  });

  it.skipIf(process.getuid?.() === 0)('says so where the home may not be written', async () => {
    const folder = temporaryFolder();
    await chmod(folder, 0o500);
    await expect(openFolderHome({ home: join(folder, 'home') })).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'denied',
    });
  });
});

describe('a home with a passphrase', () => {
  it('opens with it alone, and changes nothing for another', async () => {
    const home = temporaryFolder();
    await fill(await openFolderHome({ home, passphrase: 'grün' }), 'text');
    expect(await readKeySource(home)).toBe('passphrase');
    expect(await readdir(home)).not.toContain('key');
    const before = await snapshot(home);
    await expect(openFolderHome({ home, passphrase: 'Grün' })).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'denied',
      message: `the passphrase is not the one of ${home}. Nothing was written`,
    });
    await expect(openFolderHome({ home })).rejects.toThrow(/TOKENS_PASSPHRASE_FILE/);
    await expect(openFolderHome({ home, passphrase: '' })).rejects.toThrow(/empty/);
    expect(await snapshot(home)).toEqual(before);
    // The same word as another terminal sends it.
    const { vault } = await openFolderHome({ home, passphrase: 'gru\u0308n' });
    expect((await vault.read('default'))?.text).toBe('text');
  });

  it('is not made under an empty one', async () => {
    const home = join(temporaryFolder(), 'home');
    await expect(openFolderHome({ home, passphrase: '' })).rejects.toMatchObject({
      reason: 'invalid',
    });
    expect(await readKeySource(home)).toBeNull();
  });
});

describe('a home with a key file', () => {
  async function makeHome() {
    const home = temporaryFolder();
    await fill(await openFolderHome({ home }), 'text');
    return { home, key: join(home, 'key'), homeFile: join(home, 'home.json') };
  }

  it('does not open without it, and makes no other', async () => {
    const { home, key } = await makeHome();
    await rm(key);
    await expect(openFolderHome({ home })).rejects.toMatchObject({
      reason: 'not_found',
      message: expect.stringContaining(`${key} is missing`),
    });
    expect(await readdir(home)).not.toContain('key');
  });

  it.each([
    ['another key', 'A'.repeat(43), 'denied'],
    ['a cut key', 'AAAA', 'invalid'],
    ['nothing', '', 'invalid'],
  ])('does not open with %s in it', async (_name, text, reason) => {
    const { home, key } = await makeHome();
    await writeFile(key, text);
    const before = await snapshot(home);
    await expect(openFolderHome({ home })).rejects.toMatchObject({
      name: 'StoreError',
      reason,
      message: expect.stringContaining(key),
    });
    expect(await snapshot(home)).toEqual(before);
  });

  it('takes no passphrase, which would protect nothing', async () => {
    const { home } = await makeHome();
    await expect(openFolderHome({ home, passphrase: 'a passphrase' })).rejects.toMatchObject({
      reason: 'invalid',
    });
  });

  it.each([
    ['cut', (text: string) => text.slice(0, -20)],
    ['emptied', () => ''],
    ['of another shape', () => '{"format":1,"key":{"source":"air"},"check":""}'],
    [
      'asking for all memory',
      () =>
        '{"format":1,"key":{"source":"passphrase","salt":"AA","n":1099511627776,"r":8,"p":1},"check":""}',
    ],
  ])('says that a home.json is damaged that is %s', async (_name, damage) => {
    const { home, homeFile } = await makeHome();
    await writeFile(homeFile, damage(await readFile(homeFile, 'utf8')));
    await expect(openFolderHome({ home })).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(`${homeFile} is damaged`),
    });
    await expect(readKeySource(home)).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('asks for a newer program where a newer one made the home', async () => {
    const { home, homeFile } = await makeHome();
    await writeFile(homeFile, '{"format":3}');
    await expect(openFolderHome({ home })).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringMatching(/newer version/),
    });
  });

  it('makes no new home.json beside a vault', async () => {
    const { home, homeFile } = await makeHome();
    await rm(homeFile);
    await expect(openFolderHome({ home })).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(`${homeFile} is missing`),
    });
    expect(await readdir(home)).not.toContain('home.json');
  });

  it('goes on with the key that a killed first opening left', async () => {
    const { home, key, homeFile } = await makeHome();
    const text = await readFile(key, 'utf8');
    for (const name of await readdir(home)) {
      if (name !== 'key') {
        await rm(join(home, name), { recursive: true });
      }
    }
    await openFolderHome({ home });
    expect(await readFile(key, 'utf8')).toBe(text);
    expect(await readFile(homeFile, 'utf8')).toContain('"source": "file"');
  });
});
