import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
const ADS = { provider: 'amazon-ads', client_id: 'id', client_secret: 'secret' };

function createHome() {
  const folder = temporaryFolder();
  const home = join(folder, 'home');
  return {
    async import(name: string, contents: string | Uint8Array, ...args: string[]) {
      writeFileSync(join(folder, name), contents);
      return cli.run(['import', join(folder, name), ...args], { env: { TOKENS_HOME: home } });
    },
    async map() {
      const { vault } = await openFolderHome({ home });
      return JSON.parse((await vault.read('default'))?.text ?? '{}');
    },
  };
}

const ENV = [
  'CLIENTS=ACME, BrandX',
  'ACME_CLIENT_ID=acme-id',
  'ACME_CLIENT_SECRET="ab#c\\"d"',
  'ACME_REDIRECT_URI=https://app.example/cb',
  'ACME_AUTH_CODE=4%2F0Abc',
  '',
  '  BRANDX_CLIENT_ID=brandx-id # of the second client',
  "BRANDX_CLIENT_SECRET='s3cret ' ",
  'BRANDX_REFRESH_TOKEN=abc#def',
  'DATABASE_URL=postgres://x',
];

const ENV_TENANTS = {
  ACME: {
    provider: 'instacart-ads',
    client_id: 'acme-id',
    client_secret: 'ab#c"d',
    redirect_uri: 'https://app.example/cb',
    authorization_code: '4/0Abc',
  },
  BrandX: {
    provider: 'instacart-ads',
    client_id: 'brandx-id',
    client_secret: 's3cret',
    refresh_token: 'abc#def',
  },
};

describe('tokens import of an env file', () => {
  it.each([
    ['with line feeds', ENV.join('\n')],
    ['with Windows line ends', `${ENV.join('\r\n')}\r\n`],
    ['with carriage returns alone', ENV.join('\r')],
    ['with a byte order mark', `\ufeff${ENV.join('\n')}`],
    ['of PowerShell, in UTF-16', Buffer.from(`\ufeff${ENV.join('\r\n')}`, 'utf16le')],
    ['in UTF-16 without a mark', Buffer.from(ENV.join('\r\n'), 'utf16le')],
  ])('reads one %s', async (_what, contents) => {
    const home = createHome();
    const result = await home.import('.env', contents);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('Left out, since they belong to no client: DATABASE_URL.');
    expect((await home.map()).tenants).toEqual(ENV_TENANTS);
  });

  it('says which provider tenants without one were given', async () => {
    const home = createHome();
    const { stderr } = await home.import('.env', ENV.join('\n'));
    expect(stderr).toContain('Tenants without a provider were given instacart-ads.');
    const other = createHome();
    const chosen = await other.import('.env', ENV.join('\n'), '--provider', 'amazon-ads');
    expect(chosen.stderr).not.toContain('without a provider');
    expect((await other.map()).tenants.ACME.provider).toBe('amazon-ads');
  });

  it('takes a client without a credential beside others with one only when told to', async () => {
    const lines = [...ENV, 'BRANDX_AUTHORIZE_URL=https://app.example/authorize'];
    const text = lines.filter((line) => !line.startsWith('BRANDX_REFRESH')).join('\n');
    const home = createHome();
    expect(await home.import('.env', text)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no credential for this tenant.*BrandX.*give --yes/s),
    });
    const { stdout } = await home.import('.env', text, '--yes');
    expect(stdout).toContain('2 tenants added. Next: tokens rotate\nThen: tokens connect BrandX');
  });

  it.each([
    ['A_CLIENT_SECRET="CANARY\nA_REFRESH_TOKEN="CANARY"', 'line 2'],
    ['A_CLIENT_SECRET=CANARY\nA_REFRESH_TOKEN=CANARY\nCANARYrest', 'line 4'],
    ['A_CLIENT_SECRET=CANARY\nA_REFRESH_TOKEN=CANARY\nCANARYrest9==', 'line 4'],
    ['A_CLIENT_SECRET=$CANARY', 'line 2: client_secret of client A holds signs of a variable'],
    ['A_CLIENT_SECRET=$(cat CANARY)', 'line 2: client_secret of client A holds signs of'],
    ['A_CLIENT_SECRET=`cat CANARY`', 'line 2: client_secret of client A holds signs of'],
    ['A_CLIENT_SECRET=<CANARY>', 'line 2: client_secret of client A is a placeholder'],
    ['A_CLIENT_SECRET=undefined', 'line 2: client_secret of client A is a placeholder'],
    ['A_REFRESH_TOKEN=Atzr|CANARY***', 'line 2: refresh_token of client A is masked'],
    ['A_REFRESH_TOKEN=Atzr|CANARY...', 'line 2: refresh_token of client A is masked'],
    [`A_CLIENT_SECRET=$\{CANARY}`, 'line 2: client_secret of client A holds signs of a variable'],
    ['A_CLIENT_SECRET=REFRESH_TOKEN=CANARY', 'line 2: client_secret of client A is a name'],
    ['A_CLIENT_SECRET={"a":"CANARY"}', 'line 2: client_secret of client A is JSON'],
    ['A_CLIENT_SECRET=CANARY\nA_CLIENT_SECRET=CANARY-2', 'line 3: line 2 gives another'],
    ['A_CLIENTSECRET=CANARY', 'line 2: A_CLIENTSECRET is no field'],
    ['A_REFRESH_TOKEN: CANARY', 'line 2: this is YAML'],
    ['set A_REFRESH_TOKEN=CANARY', 'line 2: this is a command of a shell'],
    ['$env:A_REFRESH_TOKEN="CANARY"', 'line 2: this is a command of a shell'],
    ['A_REFRESH_TOKEN=CANARY\u2028CANARY', 'line 2: refresh_token of client A holds a line end'],
    ['A_CLIENT_SECRET="CANARY\\nCANARY"', 'line 2: client_secret of client A holds a line end'],
    ['A_CLIENT_SECRET=CAN\u200bARY', 'line 2: client_secret of client A holds an invisible'],
  ])('refuses %j by its line', async (lines, message) => {
    const home = createHome();
    const result = await home.import('.env', `CLIENTS=A\n${lines}\n`);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/CANARY/);
  });

  it('keeps a secret that holds the signs of a variable, in quotes', async () => {
    const home = createHome();
    const text = `CLIENTS=A\nA_CLIENT_ID=id\nA_CLIENT_SECRET='$\{x}'\nA_REFRESH_TOKEN=t`;
    await home.import('.env', text);
    expect((await home.map()).tenants.A.client_secret).toBe(`$\{x}`);
  });
});

describe('tokens import of CSV', () => {
  const rows = [
    ['Tenant', 'Provider', 'Client ID', 'client_secret', 'Refresh Token', 'tags', 'note'],
    ['acme', 'amazon-ads', 'id', '"sec,ret"', 'Atzr|1', '"eu, big"', '"two\nlines of ""text"""'],
    ['brandx', 'amazon-ads', 'id', 'secret', 'Atzr|2', '', ''],
  ];

  it.each([
    [',', 'clients.csv'],
    ['\t', 'clients.tsv'],
    [',', 'clients.txt'],
  ])('reads the columns between %j as fields', async (delimiter, name) => {
    const home = createHome();
    const text = rows.map((row) => row.join(delimiter)).join('\r\n');
    const result = await home.import(name, text.replace('two\nlines', 'two lines'));
    expect(result).toMatchObject({ code: 0 });
    expect((await home.map()).tenants).toEqual({
      acme: {
        ...ADS,
        client_secret: 'sec,ret',
        refresh_token: 'Atzr|1',
        tags: ['eu', 'big'],
        note: 'two lines of "text"',
      },
      brandx: { ...ADS, refresh_token: 'Atzr|2' },
    });
  });

  it('reads the semicolons of a spreadsheet in Europe', async () => {
    const home = createHome();
    const text =
      '\ufefftenant;provider;client_id;client_secret;refresh_token\n' +
      'acme;amazon-ads;id;secret;t\n;;;;\n';
    expect(await home.import('x.csv', text)).toMatchObject({ code: 0 });
    expect((await home.map()).tenants).toEqual({ acme: { ...ADS, refresh_token: 't' } });
  });

  it.each([
    ['tenant,client_id,CANARY\nacme,id,CANARY', 'line 1: column 3 is no field'],
    ['CANARY,CANARY2\nacme,id', 'line 1: no column is named tenant'],
    ['tenant,client_id,client_id\nacme,id,CANARY', 'line 1: column 3 is client_id a second time'],
    ['tenant,client_id\nacme,id\nacme,CANARY', 'line 3: acme is there a second time'],
    ['tenant,client_id\nacme,#REF!', 'line 2: client_id is a placeholder'],
    ['tenant,client_id\nacme,#N/A', 'line 2: client_id is a placeholder'],
    ['tenant,client_id\nacme,1.234E+17', 'line 2: client_id is a number that the spreadsheet'],
    ['tenant,client_id\nacme,id,CANARY', 'line 2: this line has more cells'],
    ['tenant,client_id,refresh_token\nacme,id', 'line 2: this line ends before its column refresh'],
    ['tenant,refresh_token\nacme,t\nCANARY', 'line 3: this line ends before its column refresh'],
    ['refresh_token,tenant\nCANARY\nary,acme', 'line 2: this line ends before its column tenant'],
    ['tenant,client_id\nacme,"CAN\nARY"', 'client_id holds a line end'],
    ['tenant,client_id\nacme,"CANARY', 'the quotes of this line do not match'],
    ['tenant,client_id\nacme,id', 'names no provider for tenant acme: add it to the file'],
  ])('refuses %j by its place', async (text, message) => {
    const result = await createHome().import('x.csv', text);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain(message);
    expect(result.stderr + result.stdout).not.toContain('CANARY');
  });
});

describe('tokens import of JSON', () => {
  it('reads comments, commas at the end and a byte order mark', async () => {
    const home = createHome();
    const text =
      '\ufeff// of the agency\n[ /* one */ ' +
      `${JSON.stringify({ tenant: 'acme', ...ADS, refresh_token: ' t\n' })}, ]`;
    expect(await home.import('x.json', text)).toMatchObject({ code: 0 });
    expect((await home.map()).tenants).toEqual({ acme: { ...ADS, refresh_token: 't' } });
  });

  it('reads JSONL', async () => {
    const home = createHome();
    const line = (tenant: string) => JSON.stringify({ tenant, ...ADS, refresh_token: tenant });
    expect(await home.import('x.jsonl', `${line('a')}\n\n${line('b')}\r\n`)).toMatchObject({
      code: 0,
    });
    expect(Object.keys((await home.map()).tenants)).toEqual(['a', 'b']);
    const broken = await home.import('y.jsonl', `${line('c')}\n${line('d').slice(0, -3)}\n`);
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('line 2, column') });
  });

  it.each([
    ['{ "version": 1,\n "tenants": { "a": CANARY } }', 'line 2, column 20: from here on'],
    ['[{"tenant":"a","tenant":"CANARY"}]', 'line 1, column 16: this key is in its object twice'],
    ['[{"tenant":"a","note":1234567890123456789}]', 'this number is too long'],
    ['[{"client_id":"CANARY"}]', 'line 1, column 2: this entry has no "tenant"'],
    ['[{"tenant":"a","client_secret":"CAN\\nARY"}]', 'this value holds a line end'],
    ['[["CANARY"]]', 'this must be an object'],
    [
      '[{"tenant":"a","refreshToken":"CANARY"}]',
      'column 31: the name of this field must be refresh_',
    ],
    ['[{"tenant":"a","Client ID":"CANARY"}]', 'the name of this field must be client_id'],
    ['{"version":1,"tenant":{"a":{"note":"CANARY"}}}', 'its "tenant" is misspelt'],
    ['{"CANARY":"CANARY"}', 'It must be an object with "version": 1'],
    [`${'['.repeat(200_000)}`, 'from here on this is not JSON'],
  ])('refuses %.60j', async (text, message) => {
    const result = await createHome().import('x.json', text);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toContain('CANARY');
  });

  it('asks for the provider of entries that name none', async () => {
    const home = createHome();
    const text = JSON.stringify([
      { tenant: 'a', client_id: 'id', client_secret: 's', refresh_token: 't' },
    ]);
    expect(await home.import('x.json', text)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('give --provider ID'),
    });
    expect(await home.import('x.json', text, '--provider', 'amazon-add')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Did you mean amazon-ads?'),
    });
    expect(await home.import('x.json', text, '--provider', 'amazon-ads')).toMatchObject({
      code: 0,
    });
  });
});

describe('tokens import of one token', () => {
  const agency = { version: 1, apps: { agency: ADS }, tenants: {} };
  const exported = (refreshToken: string, print = fingerprint(refreshToken)) =>
    JSON.stringify({
      tenant: 'acme',
      provider: 'amazon-ads',
      refresh_token: refreshToken,
      fingerprint: print,
      exported_at: '2026-11-22T03:00:00.000Z',
    });

  it('takes an app, then the export of a tenant that uses it', async () => {
    const home = createHome();
    const first = await home.import('map.json', JSON.stringify(agency));
    expect(first.stdout).toContain('1 app added. Next: tokens add NAME --app agency');
    const result = await home.import('acme_latest.json', exported('t'), '--app', 'agency');
    expect(result).toMatchObject({ code: 0 });
    expect((await home.map()).tenants).toEqual({
      acme: { app: 'agency', provider: 'amazon-ads', refresh_token: 't' },
    });
  });

  it('refuses an export that was changed, and an app that is not there', async () => {
    const home = createHome();
    const changed = await home.import('a.json', exported('CANARY', '0'.repeat(16)), '--app', 'x');
    expect(changed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was changed since'),
    });
    const unknown = await home.import('a.json', exported('CANARY'), '--app', 'x');
    expect(unknown.stderr).toContain('There is no app x in this shard.');
    expect(changed.stderr + unknown.stderr).not.toContain('CANARY');
  });

  it('takes a whole reply, if told whose it is', async () => {
    const home = createHome();
    await home.import('map.json', JSON.stringify(agency));
    const reply = JSON.stringify({ access_token: 'CANARY', refresh_token: 't', expires_in: 3600 });
    expect(await home.import('reply.json', reply, '--app', 'agency')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--tenant NAME'),
    });
    await home.import('reply.json', reply, '--app', 'agency', '--tenant', 'acme');
    expect((await home.map()).tenants).toEqual({ acme: { app: 'agency', refresh_token: 't' } });
  });

  it('knows whose token a file of the older script holds', async () => {
    const home = createHome();
    const app = { provider: 'instacart-ads', client_id: 'id', client_secret: 's' };
    await home.import('map.json', JSON.stringify({ version: 1, apps: { shop: app } }));
    const name = 'brandx_refresh_token_20261122_0517.json';
    const reply = JSON.stringify({ access_token: 'a', refresh_token: 't' });
    expect(await home.import(name, reply, '--app', 'shop')).toMatchObject({ code: 0 });
    expect((await home.map()).tenants).toEqual({ brandx: { app: 'shop', refresh_token: 't' } });
    const refusal = JSON.stringify({ error: 'invalid_grant', error_description: 'CANARY' });
    expect(await home.import(name, refusal)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^(?!.*CANARY).*holds a platform's refusal/),
    });
  });

  it('says of a token alone whose tenant or app it needs', async () => {
    const home = createHome();
    const name = 'brandx_refresh_token_latest.json';
    const reply = JSON.stringify({ access_token: 'CANARY', refresh_token: 'CANARY-t' });
    const alone = await home.import(name, reply);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('--app NAME')]);
    await home.import('x.csv', 'tenant,provider,clientId,client_secret\nbrandx,amazon-ads,i,s');
    const known = await home.import(name, reply, '--app', 'shop', '--dry-run');
    expect(known).toMatchObject({ code: 1, stderr: expect.stringContaining('no app shop') });
    const there = await home.import(name, reply);
    expect([there.code, there.stderr]).toEqual([
      1,
      expect.stringMatching(
        /tokens set-refresh-token brandx --file \S+brandx_refresh_token_latest/,
      ),
    ]);
    const word = await home.import('token.txt', 'CANARY-t\n');
    expect(word.stderr).toContain('tokens set-refresh-token NAME --file FILE');
    expect([alone, known, there, word].map(({ stderr }) => stderr).join()).not.toContain('CANARY');
  });

  it('names the file, and finds names that differ only in case before it writes', async () => {
    const home = createHome();
    const csv = (name: string) => `tenant,provider,client_id,client_secret\n${name},amazon-ads,i,s`;
    const broken = await home.import('clients.csv', csv('acme').replace('client_id', 'clientele'));
    expect(broken.stderr).toMatch(/The file \S*clients\.csv cannot be imported/);
    expect((await home.import('a.csv', csv('acme'))).code).toBe(0);
    for (const more of [[], ['--dry-run']]) {
      expect(await home.import('b.csv', csv('ACME'), ...more)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('ACME: its name differs from acme only in case'),
      });
    }
  });

  it("takes Google's client as an app, and a Google user as a tenant", async () => {
    const home = createHome();
    const client = { client_id: 'id', client_secret: 'secret', project_id: 'agency-1' };
    const installed = { ...client, redirect_uris: ['http://localhost'] };
    await home.import('client_secret_1.json', JSON.stringify({ installed }));
    const user = {
      type: 'authorized_user',
      client_id: 'id',
      client_secret: 'secret',
      refresh_token: '1//t',
    };
    const given = ['--tenant', 'acme', '--provider', 'google-ads'];
    expect(await home.import('user.json', JSON.stringify(user), ...given)).toMatchObject({
      code: 0,
    });
    const google = { provider: 'google-ads', client_id: 'id', client_secret: 'secret' };
    expect(await home.map()).toMatchObject({
      apps: { 'agency-1': google },
      tenants: { acme: { ...google, refresh_token: '1//t' } },
    });
  });
});

describe('tokens import of what other tools write', () => {
  it.each([
    ['YAML', 'providers.yaml', 'clients:\n  - name: acme\n    refresh_token: CANARY\n'],
    ['YAML', 'x.yml', '---\nacme: CANARY\n'],
    ['Singer', 'c.json', '{"client_id":"CANARY","refresh_token":"CANARY","start_date":"2026"}'],
    ['Singer', 's.json', '{"bookmarks":{}}'],
    ['Airbyte', 'a.json', '{"sourceId":"x","configuration":{"credentials":{}}}'],
    ['Airbyte', 'a.json', '{"credentials":{"auth_type":"Client","refresh_token":"CANARY"}}'],
    ['Nango', 'n.json', '[{"connection_id":"a","provider_config_key":"google","credentials":{}}]'],
    ['Nango', 'n.json', '{"connections":[{"connection_id":"CANARY"}]}'],
    ['service account', 'k.json', '{"type":"service_account","private_key":"CANARY"}'],
    ['INI or TOML', 'x.ini', '[acme]\nrefresh_token = CANARY\n'],
    ['XML or HTML', 'x.html', '<html>CANARY</html>'],
    ['PEM', 'x.pem', '-----BEGIN PRIVATE KEY-----\nCANARY\n'],
  ])('names %s and the way by CSV', async (name, file, text) => {
    const result = await createHome().import(file, text);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(name);
    expect(result.stderr).toContain('CSV file with the columns tenant, provider');
    expect(result.stderr).not.toContain('CANARY');
  });

  it('names an Excel workbook', async () => {
    const result = await createHome().import('x.xlsx', Buffer.from('PK\u0003\u0004CANARY'));
    expect(result.stderr).toContain('such as an Excel workbook');
  });

  it('names the line that is not UTF-8', async () => {
    const text = Buffer.from('CLIENTS=A\n# caf\u00e9 CANARY\n', 'latin1');
    expect((await createHome().import('.env', text)).stderr).toMatch(/UTF-8 at line 2/);
  });
});

describe('tokens import of what can never work', () => {
  it.each([
    [
      'a token_url in the clear',
      { token_url: 'http://as.example/token' },
      'it must be an https URL',
    ],
    ['an unknown region', { region: 'mars' }, 'must be one of na, eu, fe'],
    ['a page in the clear', { authorize_url: 'http://as.example/' }, 'its authorize_url must be'],
    [
      'no consent page that is known',
      { provider: 'instacart-ads', refresh_token: '' },
      'the consent page of Instacart Ads is not known. Add authorize_url',
    ],
  ])('refuses %s', async (_what, fields, message) => {
    const home = createHome();
    const list = [{ tenant: 'acme', ...ADS, refresh_token: 't', ...fields }];
    const result = await home.import('x.json', JSON.stringify(list));
    expect(result.code).toBe(1);
    expect(result.stdout.replaceAll(/\s+/g, ' ')).toContain(message);
  });
});
