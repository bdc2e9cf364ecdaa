import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectLink, parseLink } from '../../../lambda/connect/connect-link.ts';
import { matchesHash, parseLinkToken } from '../../../lambda/connect/link-token.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
const PAGE = 'http://127.0.0.1:1';
let home: string;

const APP = { provider: 'amazon-ads', client_id: 'amzn1.c', client_secret: 'CANARY-secret' };

beforeEach(async () => {
  home = join(temporaryFolder(), 'home');
  const { vault } = await openFolderHome({ home });
  const tenants = {
    acme: { app: 'lwa', title: 'Acme Ltd', contact: 'bob@acme.example', refresh_token: 'CANARY-r' },
    fresh: { app: 'lwa', tags: ['eu'] },
    'fresh-2': { app: 'lwa', title: '=SUM(1,2)' },
    machine: { provider: 'taboola', client_id: 'c', client_secret: 'CANARY-s' },
  };
  const text = JSON.stringify({ version: 1, apps: { lwa: APP }, tenants });
  await vault.swap('default', null, text, crypto.randomUUID());
});
afterAll(() => expect(cli.spoken()).not.toContain('CANARY'));

const run = (...args: string[]) => cli.run(args, { home });

async function json(...args: string[]) {
  const { code, stdout, stderr } = await run('--json', ...args);
  return { code, result: JSON.parse(stdout || stderr) };
}

async function storedLinks(): Promise<ConnectLink[]> {
  const { records } = await openFolderHome({ home });
  const keys = await records.list('links/');
  const texts = await Promise.all(keys.map(async (key) => (await records.read(key))?.text ?? ''));
  return texts.map((text) => parseLink(JSON.parse(text)));
}

describe('tokens invite', () => {
  it('prints the link alone on stdout, and stores all of it but its secret', async () => {
    const { code, stdout, stderr } = await run('invite', 'acme', '--url', PAGE, '--note', 'Hello');
    expect(code).toBe(0);
    const token = parseLinkToken(stdout.trim().slice(`${PAGE}/c/`.length));
    const [link] = await storedLinks();
    expect(link).toMatchObject({
      id: token?.id,
      tenant: 'acme',
      provider: 'amazon-ads',
      client_id: 'amzn1.c',
      token_host: 'api.amazon.com',
      redirect_uri: `${PAGE}/callback/amazon-ads`,
      shown: { platform: 'Amazon Ads', account: 'Acme Ltd', note: 'Hello' },
      status: { kind: 'open' },
    });
    expect(JSON.stringify(link)).not.toContain(token?.secret);
    expect(matchesHash(token?.secret ?? '', link?.secret_hash ?? '')).toBe(true);
    const asked = new URL(link?.consent.url ?? '').searchParams;
    expect([asked.get('redirect_uri'), asked.get('state')]).toEqual([link?.redirect_uri, null]);
    expect(stderr).toContain(`${PAGE}/callback/amazon-ads`);
  });

  it('makes one for each tenant that needs consent, but not a second one', async () => {
    const first = await json('invite', '--failing', '--url', PAGE);
    expect(first.result.invitations.map(({ tenant }: { tenant: string }) => tenant)).toEqual([
      'fresh',
      'fresh-2',
    ]);
    const { result } = await json('invite', '--failing', '--url', PAGE);
    expect([result.invitations, result.skipped.length]).toEqual([[], 2]);
    expect((await json('invite', '--tag', 'eu', '--url', PAGE)).result.skipped).toEqual([
      { tenant: 'fresh', reason: 'it has an open link' },
    ]);
  });

  it('ends the earlier link only when told to', async () => {
    await run('invite', 'fresh', '--url', PAGE);
    await run('invite', 'fresh', '--url', PAGE);
    expect((await storedLinks()).map(({ status }) => status.kind)).toEqual(['open', 'open']);
    await run('invite', 'fresh', '--url', PAGE, '--replace');
    const kinds = (await storedLinks()).map(({ status }) => status.kind);
    expect(kinds.sort()).toEqual(['ended', 'ended', 'open']);
  });

  it('writes lines for a mail merge, in which nothing is taken for a formula', async () => {
    const { stdout } = await run('invite', '--failing', '--csv', '--url', PAGE);
    const lines = stdout.split('\r\n');
    expect(lines[0]).toBe('tenant,title,contact,platform,url,expires_at');
    expect(lines[2]).toMatch(/^fresh-2,"'=SUM\(1,2\)",,Amazon Ads,http/);
  });

  it.each([
    ['nobody', [], 2, /Say who/],
    ['names and filters', ['acme', '--failing'], 2, /not both/],
    ['an unknown tenant', ['nobody'], 1, /no tenant nobody/],
    ['a tenant that asks nobody for consent', ['machine'], 1, /takes none|needs no connect/],
    ['a link that lives too long', ['acme', '--for', '31d'], 2, /at most 30 days/],
    ['a time that is none', ['acme', '--for', 'soon'], 2, /--for/],
    ['a note that is too long', ['acme', '--note', 'x'.repeat(201)], 2, /200/],
  ])('refuses %s, and makes nothing', async (_what, args, code, message) => {
    const result = await run('invite', ...args, '--url', PAGE);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toMatch(message);
    expect(await storedLinks()).toEqual([]);
  });

  it('needs a stack: a home has no address that a client could open', async () => {
    for (const [verb, tenant] of [
      ['invite acme', 'acme'],
      ['invite fresh acme', 'fresh'],
      ['add newone --app lwa --invite', 'newone'],
      ['invite --failing', 'NAME'],
    ] as const) {
      const { code, stderr } = await run(...verb.split(' '));
      expect([code, stderr]).toEqual([2, expect.stringContaining(`tokens connect ${tenant}`)]);
    }
    expect((await run('invite', 'list')).stdout).not.toContain('tokens invite NAME');
    expect((await run('invite', 'acme', '--url', 'https://evil.example')).code).toBe(2);
  });
});

describe('tokens why', () => {
  it('says of whoever waits for a client or is paused that it does not fail', async () => {
    expect((await run('why', 'fresh')).stdout).toContain('never connected (certain)');
    await run('invite', 'fresh', '--url', PAGE);
    expect((await run('why', 'fresh')).stdout).toMatch(
      /^Tenant fresh does not fail\. It is invited until \S+, and its owner has not begun\.$/m,
    );
    expect((await json('why', 'fresh')).result).toEqual({
      version: 1,
      tenant: 'fresh',
      causes: [],
    });
    await run('pause', 'fresh-2');
    expect((await run('why', 'fresh-2')).stdout).toMatch(/is paused\. .*tokens resume fresh-2/);
    expect((await run('why', 'acme')).stdout).toMatch(/does not fail\. .*tokens rotate acme/);
  });
});

describe('tokens add --invite', () => {
  it('adds a tenant without a credential, and makes its link', async () => {
    const { code, stdout } = await run('add', 'newone', '--app', 'lwa', '--invite', '--url', PAGE);
    expect([code, stdout.trim().split('\n').at(-1)]).toEqual([
      0,
      expect.stringMatching(/^http:\/\/127.0.0.1:1\/c\/[a-z2-7]{78}$/),
    ]);
    expect((await storedLinks())[0]).toMatchObject({ tenant: 'newone', provider: 'amazon-ads' });
  });

  it('adds nobody where no link can be made', async () => {
    expect((await run('add', 'newone', '--app', 'lwa', '--invite')).code).toBe(2);
    expect((await run('status', 'newone')).code).toBe(1);
  });
});

describe('tokens invite list and revoke', () => {
  it('lists links without an address, and revokes by id or tenant', async () => {
    await run('invite', 'acme', 'fresh', 'fresh-2', '--url', PAGE);
    const { result } = await json('invite', 'list');
    expect(result.links.length).toBe(3);
    expect(JSON.stringify(result)).not.toContain(PAGE);
    const id = result.links.find((link: { tenant: string }) => link.tenant === 'fresh').id;
    expect((await json('invite', 'revoke', 'acme', id)).result.revoked.length).toBe(2);
    const states = (await json('invite', 'list')).result.links.map(
      (link: { tenant: string; state: string }) => `${link.tenant} ${link.state}`,
    );
    expect(states.sort()).toEqual(['acme revoked', 'fresh revoked', 'fresh-2 open']);
    expect((await run('invite', 'list')).stdout).toMatch(/fresh-2 .*open/);
  });

  it('revokes the links of a cleared or removed tenant, and moves the others', async () => {
    await run('invite', 'acme', 'fresh', 'fresh-2', '--url', PAGE);
    await run('clear', 'acme', '--yes');
    await run('remove', 'fresh', '--yes');
    await run('shard', 'split', 'default', '--to', 'eu', '--tenants', 'fresh-2');
    const links = (await storedLinks()).map(
      ({ tenant, shard, status }) => `${tenant} ${shard} ${status.kind}`,
    );
    expect(links.sort()).toEqual([
      'acme default revoked',
      'fresh default revoked',
      'fresh-2 eu open',
    ]);
  });

  it('revokes nothing where a name is wrong', async () => {
    await run('invite', 'acme', '--url', PAGE);
    const { code, stderr } = await run('invite', 'revoke', 'acme', 'nobody');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/no open link nobody/)]);
    expect((await storedLinks())[0]?.status.kind).toBe('open');
  });
});
