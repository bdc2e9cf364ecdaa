import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();

function ads(tenant: string, refreshToken: string, clientId = 'client'): Record<string, string> {
  return {
    tenant,
    provider: 'amazon-ads',
    client_id: clientId,
    client_secret: 'canary-secret',
    refresh_token: refreshToken,
  };
}

async function vaultText(home: string): Promise<string> {
  return (await (await openFolderHome({ home })).vault.read('default'))?.text ?? '';
}

function importList(home: string, list: object[], ...args: string[]) {
  return cli.run(['import', '-', ...args], { home, input: JSON.stringify(list) });
}

describe('tokens import', () => {
  it('only says what it would do in a dry run, and makes no home for it', async () => {
    const home = join(temporaryFolder(), 'home');
    const { code, stdout, stderr } = await importList(
      home,
      [ads('acme', 'canary-1'), ads('brandx', 'canary-2')],
      '--dry-run',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/acme +amazon-ads +refresh_token +new/);
    expect(stdout).toContain('Dry run: 2 tenants would be added. Nothing was written.');
    expect(existsSync(home)).toBe(false);
  });

  it('says once what is true of many tenants', async () => {
    const home = join(temporaryFolder(), 'home');
    const list = Array.from({ length: 12 }, (_, at) => ({
      ...ads(`client-${at}`, `canary-${at}`),
      provider: 'google-ads',
    }));
    const { code, stdout } = await importList(home, list);
    expect(code).toBe(0);
    expect(stdout).toMatch(/client-3 +google-ads +refresh_token +added, see below/);
    expect(stdout.match(/without a renewal/g)).toHaveLength(1);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('client-10, client-11: it lives for');
  });

  it('adds all of a file or nothing, and names every tenant that is in the way', async () => {
    const home = join(temporaryFolder(), 'home');
    await importList(home, [ads('acme', 'canary-1')]);
    const before = await vaultText(home);
    const list = [
      ads('good', 'canary-good'),
      ads('acme', 'canary-other'),
      ads('twin', 'canary-1', 'another client'),
      ads('../x', 'canary-2'),
      { ...ads('wrong', 'canary-3'), region: 'canary-mars' },
      { tenant: 'nobody', provider: 'canary-nobody' },
    ];
    const { code, stdout } = await importList(home, list);
    expect(code).toBe(1);
    expect(stdout).toContain('- acme: it exists already.');
    expect(stdout).toContain('- twin: it holds the same credential as acme.');
    expect(stdout).toMatch(/- line 1, column \d+: its name is not allowed/);
    expect(stdout).not.toContain('../x');
    expect(stdout).toMatch(
      /- wrong: tenants\.wrong\.region is wrong: it must be one of na, eu, fe/,
    );
    expect(stdout).toMatch(
      /- nobody: tenants\.nobody\.provider is wrong: there is no such provider/,
    );
    expect(stdout).toContain('Nothing was added.');
    expect(await vaultText(home)).toBe(before);
  });

  it('finds duplicates in other shards', async () => {
    const home = join(temporaryFolder(), 'home');
    await (await openFolderHome({ home })).addShard('eu');
    await importList(home, [ads('acme', 'canary-1')], '--shard', 'eu');
    const { code, stdout } = await importList(home, [
      ads('acme', 'canary-new'),
      ads('twin', 'canary-1'),
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain('- acme: it exists already, in shard eu.');
    expect(stdout).toContain('- twin: it holds the same credential as acme (shard eu).');
    expect(await vaultText(home)).toBe('');
  });

  it('lets tenants of one client share a credential, with a warning', async () => {
    const home = join(temporaryFolder(), 'home');
    const { code, stdout } = await importList(home, [ads('us', 'canary-1'), ads('ca', 'canary-1')]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      '- us: it holds the same credential as ca: they will share one exchange.',
    );
  });

  it('leaves out what exists already when told to', async () => {
    const home = join(temporaryFolder(), 'home');
    await importList(home, [ads('acme', 'canary-1')]);
    const { code, stdout } = await importList(
      home,
      [ads('acme', 'canary-other'), ads('brandx', 'canary-2')],
      '--skip-existing',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      imported: true,
      tenants: [{ tenant: 'brandx', provider: 'amazon-ads' }],
    });
    expect(await vaultText(home)).toContain('canary-1');
    expect(await vaultText(home)).not.toContain('canary-other');
  });

  it('keeps every byte of the map that it adds to', async () => {
    const home = join(temporaryFolder(), 'home');
    const text =
      '{ "version": 1,\n\n  "note": 12345678901234567890,\n  "tenants": {\n\t"old": ' +
      '{"provider":"amazon-ads"} },\n "apps": {} }';
    const { vault } = await openFolderHome({ home });
    await vault.swap('default', null, text, 'a'.repeat(40));
    expect((await importList(home, [ads('acme', 'canary-1')])).code).toBe(0);
    const after = await vaultText(home);
    expect(
      after.startsWith(
        '{ "version": 1,\n\n  "note": 12345678901234567890,\n  "tenants": {\n\t"old": ' +
          '{"provider":"amazon-ads"},\n',
      ),
    ).toBe(true);
    expect(after.endsWith(' },\n "apps": {} }')).toBe(true);
    expect(JSON.parse(after).tenants.acme.refresh_token).toBe('canary-1');
  });

  it('takes a map with apps, and refuses an app that is there with other fields', async () => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    const map = (secret: string, tenant: string) => ({
      version: 1,
      apps: { agency: { provider: 'amazon-ads', client_id: 'client', client_secret: secret } },
      tenants: { [tenant]: { app: 'agency', refresh_token: `canary-${tenant}` } },
    });
    const write = (value: object) => {
      writeFileSync(join(folder, 'map.json'), JSON.stringify(value));
      return cli.run(['import', join(folder, 'map.json')], { home });
    };
    expect((await write(map('canary-secret', 'one'))).code).toBe(0);
    expect((await write(map('canary-secret', 'two'))).code).toBe(0);
    expect(await write(map('canary-other', 'three'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('App agency exists already, with other fields'),
    });
    expect(Object.keys(JSON.parse(await vaultText(home)).tenants)).toEqual(['one', 'two']);
  });

  it('names every wrong key of an env file at once, and no value', async () => {
    const folder = temporaryFolder();
    const file = join(folder, '.env');
    writeFileSync(
      file,
      'CLIENTS=A,A,EMPTY\nA_CLIENT_ID=canary-1\nA_CLIENTSECRET=canary-2\nA_AUTHCODE=canary-3\n',
    );
    const { code, stderr } = await cli.run(['import', file], { home: join(folder, 'home') });
    expect(code).toBe(1);
    for (const part of ['CLIENTS names A twice', 'A_CLIENTSECRET', 'A_AUTHCODE', 'EMPTY']) {
      expect(stderr).toContain(part);
    }
    expect(readFileSync(file, 'utf8')).toContain('canary');
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it.each([
    ['no JSON', '{ "version": 1, canary'],
    ['another version', '{ "version": 2 }'],
    ['a key twice', '{ "version": 1, "tenants": { "a": {}, "a": {} } }'],
    ['a list without names', '[{ "provider": "canary" }]'],
    ['no clients', 'AWS_REGION=canary'],
  ])('refuses %s', async (_what, input) => {
    const { code, stderr } = await cli.run(['import', '-'], {
      home: join(temporaryFolder(), 'home'),
      input,
    });
    expect({ code, said: stderr !== '' }).toEqual({ code: 1, said: true });
  });

  it('has shown no value of any of these files', () => {
    expect(cli.spoken()).not.toContain('canary');
  });
});
