import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { startScriptedServer } from '../../fakes/scripted-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
let home: string;

const APP = { provider: 'amazon-ads', client_id: 'c', client_secret: 'CANARY-secret' };
const ACME = { app: 'lwa', refresh_token: 'CANARY-refresh', unknown: 12345678901234567890n };

beforeEach(async () => {
  home = join(temporaryFolder(), 'home');
  const { vault } = await openFolderHome({ home });
  const text = `{"version": 1, "apps": {"lwa": ${JSON.stringify(APP)}}, "tenants": {
    "acme": {"app": "lwa", "refresh_token": "CANARY-refresh", "long": ${ACME.unknown}},
    "broken": {"app": "lwa", "refresh_token": "CANARY-b", "region": "mars"}}}`;
  await vault.swap('default', null, text, crypto.randomUUID());
});
afterAll(() => expect(cli.spoken()).not.toContain('CANARY'));

async function textOfMap(): Promise<string> {
  const { vault } = await openFolderHome({ home });
  return (await vault.read('default'))?.text ?? '';
}
async function saveMap(map: object): Promise<void> {
  const { vault } = await openFolderHome({ home });
  const { versionId = null } = (await vault.read('default')) ?? {};
  const text = JSON.stringify({ version: 1, ...map });
  await vault.swap('default', versionId, text, crypto.randomUUID());
}
/** A key as files hold it. */
function pemKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}
const entryOf = async (tenant: string) => parseVaultMap(await textOfMap()).tenants.get(tenant);
const appOf = async () => parseVaultMap(await textOfMap()).apps.get('lwa');
const run = (args: string[], input?: string) =>
  cli.run(args, { home, ...(input !== undefined && { input }) });

describe('tokens show', () => {
  it('shows every field and where it comes from, secrets as fingerprints', async () => {
    const { code, stdout } = await run(['show', 'acme']);
    expect(code).toBe(0);
    expect(stdout).toContain(`fingerprint ${fingerprint('CANARY-refresh')}`);
    expect(stdout).toMatch(/client_id +c +app lwa/);
    expect(stdout).toMatch(/long +\(unknown field\) fingerprint/);
  });

  it('knows the fields of a definition in the map, and its secrets', async () => {
    const own = {
      extends: 'oauth2',
      request_headers: { 'X-Agency': '{agency_id}', 'X-Pass': '{agency_pass}' },
      secret_fields: ['agency_pass'],
    };
    const client = { client_id: 'c', client_secret: 'CANARY-s', refresh_token: 'CANARY-r' };
    const mine = { provider: 'mine', ...client, agency_id: '77', agency_pass: 'CANARY-p' };
    await saveMap({ definitions: { mine: own }, tenants: { mine } });
    const { stdout } = await run(['show', 'mine']);
    expect(stdout).toMatch(/agency_id +77/);
    expect(stdout).toMatch(new RegExp(`agency_pass +fingerprint ${fingerprint('CANARY-p')}`));
    // A wrong definition does not tell which of its fields are secrets.
    await saveMap({ definitions: { mine: { ...own, grants: 7 } }, tenants: { mine } });
    expect((await run(['show', 'mine'])).stdout).toMatch(/agency_id +\(unknown field\)/);
  });

  it('says which name may be meant', async () => {
    expect(await run(['show', 'acem'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no tenant acem. Did you mean acme?'),
    });
  });
});

describe('a tenant that is not there', () => {
  it.each([
    'show acem',
    'set acem title=x',
    'unset acem title',
    'pause acem',
    'resume acem',
    'rename acem other',
    'history acem',
    'why acem',
    'status acem',
    'rotate acem',
    'get acem',
    'export acem .',
    'exec acem -- true',
    'connect acem',
    'invite acem --url http://127.0.0.1:1',
    'restore acem',
    'reread acem',
    'clear acem --yes',
    'remove acem --yes',
  ])('is named by tokens %s with the name that may be meant', async (words) => {
    const { code, stdout, stderr } = await run(words.split(' '));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/There is no tenant acem( in shard \S+)?\. Did you mean acme\?/);
  });
});

describe('a filter that is mistyped', () => {
  it.each([
    'status',
    'status --failing --exit-code',
    'calendar',
    'invite --url http://127.0.0.1:1',
  ])('is refused by tokens %s, and looks like no list without failures', async (words) => {
    await run(['set', 'acme', 'tags=gold']);
    for (const [filter, message] of [
      [['--app', 'lwaa'], 'There is no app lwaa. Did you mean lwa?'],
      [['--tag', 'golden'], 'No tenant has the tag golden. Did you mean gold?'],
      [['--provider', 'amazon-adz'], 'There is no provider amazon-adz. Did you mean amazon-ads?'],
    ] as const) {
      const { code, stdout, stderr } = await run([...words.split(' '), ...filter]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(message);
    }
    expect((await run([...words.split(' '), '--app', 'lwa'])).stderr).not.toContain('There is no');
  });
});

describe('tokens set and unset', () => {
  it('change the named fields and no other byte', async () => {
    const before = await textOfMap();
    const args = ['set', 'acme', 'scope=read write', 'tags=eu, gold', 'min_interval_ms=50'];
    expect(await run([...args, 'headers.X-Scope=7'])).toMatchObject({ code: 0 });
    expect(await entryOf('acme')).toMatchObject({
      scope: 'read write',
      tags: ['eu', 'gold'],
      min_interval_ms: 50,
      headers: { 'X-Scope': '7' },
    });
    expect(await textOfMap()).toContain('"long": 12345678901234567890');
    const fields = ['scope', 'tags', 'min_interval_ms', 'headers'];
    expect(await run(['unset', 'acme', ...fields])).toMatchObject({ code: 0 });
    expect(await textOfMap()).toBe(before);
  });

  it.each([
    ['a secret as an argument', ['client_secret=CANARY-argument'], 2, /is a secret/],
    ['a credential', ['refresh_token'], 2, /tokens set-refresh-token acme/],
    ['an unknown field', ['scop=x'], 2, /There is no field scop\. Did you mean scope\?/],
    ['what would make the entry wrong', ['region=venus'], 1, /Nothing was changed\./],
    ['a text for a number', ['max_concurrency=many'], 2, /takes a whole number/],
  ])('refuse %s, and change nothing', async (_what, pairs, code, message) => {
    const before = await textOfMap();
    expect(await run(['set', 'acme', ...pairs])).toMatchObject({
      code,
      stderr: expect.stringMatching(message),
    });
    expect(await textOfMap()).toBe(before);
  });

  it('names the verb of a field that has one of its own', async () => {
    for (const args of [['refresh_token=CANARY-x'], ['refresh_token']]) {
      const { code, stderr } = await run(['set', 'acme', ...args]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('tokens set-refresh-token acme'),
      });
    }
  });

  it('asks whether another field is meant, where there is none of that name', async () => {
    const { code, stdout } = await run(['unset', 'acme', 'scpe']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Did you mean scope?')]);
  });

  it('take a secret from stdin', async () => {
    await run(['set', 'acme', 'client_secret', '--stdin'], 'CANARY-own\n');
    expect(await entryOf('acme')).toMatchObject({ client_secret: 'CANARY-own' });
  });

  it('correct what status names', async () => {
    const { stdout } = await run(['status', 'broken', '--json']);
    const [{ next_step: nextStep }] = JSON.parse(stdout).tenants;
    expect(nextStep).toContain('tokens set broken region=VALUE');
    await run(['set', 'broken', 'region=eu']);
    expect(JSON.parse((await run(['status', 'broken', '--json'])).stdout).tenants).toMatchObject([
      { state: 'new' },
    ]);
  });
});

describe('tokens pause and resume', () => {
  it('stop a tenant and let it go on, each saying how to undo it', async () => {
    const before = await textOfMap();
    const paused = await run(['pause', 'acme']);
    expect(paused.stdout).toContain('To undo: tokens resume acme');
    expect((await run(['status', 'acme'])).stdout).toMatch(/acme +amazon-ads +disabled/);
    expect((await run(['pause', 'acme'])).stdout).toContain('was paused already');
    expect((await run(['resume', 'acme'])).stdout).toContain('goes on');
    expect(await textOfMap()).toBe(before);
  });
});

describe('tokens app', () => {
  it('adds an app, and sets its fields', async () => {
    const fields = ['provider=amazon-ads', 'client_id=two'];
    const added = await run(['app', 'add', 'two', ...fields, '--stdin'], 'CANARY-two\n');
    expect(added).toMatchObject({ code: 0 });
    expect(await run(['app', 'add', 'two', ...fields, '--stdin'], 'x')).toMatchObject({ code: 1 });
    expect(await run(['app', 'add', 'two', ...fields])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tokens app set two'),
    });
    expect(await run(['app', 'set', 'two', 'region=eu'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Next: tokens rotate'),
    });
    expect(parseVaultMap(await textOfMap()).apps.get('two')).toEqual({
      provider: 'amazon-ads',
      client_id: 'two',
      region: 'eu',
      client_secret: 'CANARY-two',
    });
  });

  it('changes its secret without an outage: add, then drop', async () => {
    expect(await run(['app', 'add-secret', 'lwa', '--stdin'], 'CANARY-next\n')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`drop-secret lwa ${fingerprint('CANARY-next')}`),
    });
    expect(await appOf()).toMatchObject({ client_secrets: ['CANARY-secret', 'CANARY-next'] });
    expect(await appOf()).not.toHaveProperty('client_secret');
    const again = await run(['app', 'add-secret', 'lwa', '--stdin'], 'CANARY-next');
    expect(again.stdout).not.toContain('drop-secret');
    const listed = (await run(['app', 'list'])).stdout;
    const [first = ''] = /[0-9a-f]{8}(?=, )/.exec(listed) ?? [];
    expect(first).toBe(fingerprint('CANARY-secret').slice(0, 8));
    expect(await run(['app', 'drop-secret', 'lwa', first.slice(0, 6)])).toMatchObject({ code: 2 });
    expect(await run(['app', 'drop-secret', 'lwa', first])).toMatchObject({ code: 0 });
    expect(await appOf()).toEqual({ ...APP, client_secret: 'CANARY-next' });
    expect(await run(['app', 'drop-secret', 'lwa'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/it would have none left.*tokens app set-secret lwa/s),
    });
  });

  it('says of a refused edit how to correct it, and not to rotate', async () => {
    const { code, stdout } = await run(['app', 'set', 'lwa', 'client_id=']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^default: failed\. .*Nothing was changed\.\n {2}\S/s);
    expect(stdout).not.toContain('Next: tokens rotate');
  });

  it('takes the key that a client signs with, in its several lines', async () => {
    const [first, second] = [pemKey(), pemKey()];
    const fields = ['provider=apple-ads', 'client_id=c', 'team_id=t', 'key_id=k', '--stdin'];
    expect(await run(['app', 'add', 'apple', ...fields], first)).toMatchObject({ code: 0 });
    expect(await run(['add', 'orchard', '--app', 'apple'])).toMatchObject({ code: 0 });
    expect((await run(['app', 'list'])).stdout).toContain(fingerprint(first.trim()).slice(0, 8));
    const replaced = await run(['app', 'set-secret', 'apple', '--stdin'], second);
    expect(replaced).toMatchObject({ code: 0, stdout: expect.stringContaining('changed') });
    const apple = parseVaultMap(await textOfMap()).apps.get('apple');
    expect(apple).toMatchObject({ private_key: second.trim() });
    expect(apple).not.toHaveProperty('client_secret');
    expect(await run(['app', 'add-secret', 'apple', '--stdin'], first)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tokens app set-secret apple'),
    });
    expect(await run(['set', 'orchard', 'private_key', '--stdin'], first)).toMatchObject({
      code: 0,
    });
    const ofAmazon = await run(['app', 'set-secret', 'lwa', '--stdin'], first);
    expect(ofAmazon).toMatchObject({ code: 2, stderr: expect.stringContaining('line end') });
  });

  it('asks for no client secret where the client signs with a key', async () => {
    const { stderr } = await run(['add', 'orchard', '--provider', 'apple-ads', '--client-id', 'c']);
    expect(stderr).toContain('--set-file private_key=FILE');
    expect(stderr).not.toContain('--client-secret-file');
  });

  it('says that there is no such app before it asks for a secret', async () => {
    const { stderr } = await run(['app', 'set-secret', 'lwb']);
    expect(stderr).toContain('There is no app lwb. Did you mean lwa?');
  });

  it('tries no secret for a paused tenant', async () => {
    await run(['pause', 'acme']);
    const before = await textOfMap();
    expect(
      await run(['app', 'set-secret', 'lwa', '--try', 'acme', '--stdin'], 'CANARY-x'),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('tokens resume acme') });
    expect(await textOfMap()).toBe(before);
  });

  it('leaves the app and the tenant as they are where a tried secret gets no answer', async () => {
    const server = await startScriptedServer();
    server.script({ fault: 'reset' }, { fault: 'reset' });
    await run(['set', 'acme', `token_url=${server.url}/token`]);
    const before = await textOfMap();
    const tried = await run(['app', 'set-secret', 'lwa', '--try', 'acme', '--stdin'], 'CANARY-x');
    expect(tried).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the app was left as it is'),
    });
    expect(await textOfMap()).toBe(before);
    await server.close();
  });
});
