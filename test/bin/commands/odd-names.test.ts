import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();

/** A home whose map is this, and nothing was rotated. */
async function homeWith(map: object): Promise<string> {
  const home = temporaryFolder();
  const { vault } = await openFolderHome({ home });
  const text = JSON.stringify({ version: 1, ...map });
  await vault.swap('default', null, text, crypto.randomUUID());
  return home;
}

const ENTRY = { provider: 'amazon-ads', client_id: 'c', client_secret: 'CANARY' };

describe('a name that is none', () => {
  it.each([
    [['show', ''], 'There is no tenant "".'],
    [['get', ' '], 'There is no tenant " ".'],
    [['rotate', ''], '"" is none.'],
    [['app', 'set', '', 'region=eu'], 'There is no app "".'],
    [['provider', 'show', ''], 'There is no provider "".'],
    [['shard', 'split', '', '--to', 'eu'], 'There is no shard "".'],
    [['status', '--tag', ''], 'No tenant has the tag "".'],
    [['shard', 'split', 'defualt', '--to', 'eu'], 'no shard defualt. Did you mean default?'],
    [
      ['shard', 'split', 'default', '--to', 'eu', '--tenants', 'a b'],
      'There is no tenant a b in shard default.',
    ],
    [['import', 'FILE', '--provider', '__proto__'], 'There is no provider __proto__.'],
  ])('is named: tokens %j', async (args, said) => {
    const home = await homeWith({ tenants: { a: ENTRY } });
    const input = 'CLIENTS=B\nB_CLIENT_ID=c\nB_CLIENT_SECRET=CANARY\nB_REFRESH_TOKEN=CANARY\n';
    const given = args.map((word) => (word === 'FILE' ? '-' : word));
    const { code, stderr } = await cli.run(given, { home, input });
    expect([1, 2]).toContain(code);
    expect(stderr).toContain(said);
  });

  it('brings up no other name where no letter is right', async () => {
    const home = await homeWith({ tenants: { a: ENTRY } });
    for (const name of ['', '*', '-', '😀']) {
      const { stderr } = await cli.run(['show', name], { home });
      expect(stderr).not.toContain('Did you mean');
    }
  });

  it.each([
    ['rot\u001b[31mate'],
    ['\u202erotate'],
    ['invite', 'revoke', 'a\u001b[31mb'],
    ['import', 'a\u001b[31m.env'],
    ['set', 'a', 'ti\u001b[31mtle=x'],
  ])('does not act on a terminal: %j %j %j', async (...args) => {
    const home = await homeWith({ tenants: { a: ENTRY } });
    const { code, stderr } = await cli.run(args, { home });
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(/\\u\{(1b|202e)\}/);
    expect(stderr.includes('\u001b') || stderr.includes('\u202e')).toBe(false);
  });

  it('is used wrongly as the target of a split, as with shard add', async () => {
    const home = await homeWith({ tenants: { a: ENTRY } });
    for (const args of [['add'], ['split', 'default', '--to']]) {
      expect(await cli.run(['shard', ...args, 'a/b'], { home })).toMatchObject({ code: 2 });
    }
  });
});

describe('an entry that a person broke', () => {
  it('is named by app set, where the app is not an object', async () => {
    const home = await homeWith({ apps: { lwa: 'amazon-ads' }, tenants: {} });
    const { code, stdout } = await cli.run(['app', 'set', 'lwa', 'region=eu'], { home });
    expect(code).toBe(1);
    expect(stdout).toContain('App lwa is not an object in the map of shard default.');
    expect(stdout).toContain('Correct apps.lwa there');
  });

  it('is corrected field by field, and takes no new fault', async () => {
    const home = await homeWith({ tenants: { acme: { provider: 'x-ads', client_id: 'c' } } });
    const set = (field: string, input: string) =>
      cli.run(['set', 'acme', field, '--stdin'], { home, input });
    expect(await set('client_secret', 'CANARY-1')).toMatchObject({ code: 0 });
    expect(await set('oauth_token', 'CANARY-2')).toMatchObject({ code: 0 });
    const wrong = await cli.run(['set', 'acme', 'provider=nobody'], { home });
    expect(wrong.stderr).toContain('Nothing was changed.');
    expect(await set('oauth_token_secret', 'CANARY-3')).toMatchObject({ code: 0 });
    expect((await cli.run(['why', 'acme'], { home })).stdout).not.toContain('invalid entry');
  });

  it('is told with its field and a command, where it names no provider', async () => {
    const home = await homeWith({ tenants: { acme: { client_id: 'c' } } });
    const { stdout } = await cli.run(['status'], { home });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Add provider to the tenant or its app: tokens set acme provider=VALUE',
    );
  });

  it('is left out of an export of all, and told to programs', async () => {
    const home = await homeWith({ tenants: { 'a/b': { ...ENTRY, refresh_token: 'CANARY' } } });
    const { code, stdout } = await cli.run(['export', '--all', temporaryFolder(), '--json'], {
      home,
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      exported: [],
      failures: [{ tenant: 'a/b', message: expect.stringContaining('cannot name a file') }],
    });
  });
});

describe('an export of all', () => {
  it('goes on where a file of one tenant is there already', async () => {
    const entry = (token: string) => ({ ...ENTRY, refresh_token: token });
    const home = await homeWith({
      tenants: { acme: entry('CANARY-1'), brandx: entry('CANARY-2') },
    });
    const folder = temporaryFolder();
    for (const minutes of [0, 1]) {
      const stamp = new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16);
      const name = `acme_refresh_token_${stamp.replaceAll(/[-:]/g, '').replace('T', '_')}.json`;
      writeFileSync(join(folder, name), '');
    }
    const { code, stdout, stderr } = await cli.run(['export', '--all', folder], { home });
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 refresh token written'),
    });
    expect(stderr).toMatch(/^Error: Tenant acme was not exported\. .*exists already/m);
    expect(readFileSync(join(folder, 'brandx_refresh_token_latest.txt'), 'utf8')).toBe(
      'CANARY-2\n',
    );
  });
});

describe('the next step', () => {
  it('of a paused tenant without a token is to let it go on', async () => {
    const entry = { ...ENTRY, refresh_token: 'CANARY', enabled: false };
    const home = await homeWith({ tenants: { acme: entry } });
    const { code, stderr } = await cli.run(['get', 'acme'], { home });
    expect(code).toBe(1);
    expect(stderr).toContain('First: tokens resume acme');
  });

  it('of a shard that never was is said before anything is asked', async () => {
    const home = await homeWith({ tenants: {} });
    const { code, stderr } = await cli.run(['shard', 'forget', 'eu'], { home });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no shard eu.');
  });
});
