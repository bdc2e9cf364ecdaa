import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heldCredentials, parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import type { CliCall } from '../../fakes/cli-call.ts';
import { CLIENT, type ConsentServer, startConsentServer } from '../../fakes/consent-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const REGISTERED = 'https://app.example/callback';
const CANARY = /CANARY/;

let server: ConsentServer;
let home: string;

const cli = cliInProcess();

async function open(redirectUri: string, entry: object = {}): Promise<void> {
  server = await startConsentServer([redirectUri]);
  home = join(temporaryFolder(), 'home');
  await save({
    provider: 'oauth2',
    ...CLIENT,
    token_url: server.tokenUrl,
    authorize_url: server.authorizeUrl,
    scope: 'openid ads',
    ...entry,
  });
}

async function save(entry: object): Promise<void> {
  const { vault } = await openFolderHome({ home });
  const version = await vault.read('default');
  const text = JSON.stringify({ version: 1, tenants: { acme: entry } });
  await vault.swap('default', version?.versionId ?? null, text, crypto.randomUUID());
}

async function held() {
  const { vault } = await openFolderHome({ home });
  const entry = parseVaultMap((await vault.read('default'))?.text ?? null).tenants.get('acme');
  return { ...heldCredentials(entry), entry: entry as Record<string, unknown> };
}

/** The link that a call shows. */
async function linkOf(call: CliCall): Promise<string> {
  return (await call.says(/^http\S+$/m))[0];
}

afterEach(() => server.close());

describe('tokens connect', () => {
  describe('at a platform that redirects to this machine', () => {
    beforeEach(() => open('http://127.0.0.1/callback'));

    it('catches the redirect, exchanges the code with its verifier, keeps the result', async () => {
      const call = cli.start(['connect', 'acme', '--json'], { home });
      const link = await linkOf(call);
      const asked = new URL(link).searchParams;
      expect(Object.fromEntries(asked)).toMatchObject({
        response_type: 'code',
        client_id: 'the-client',
        code_challenge_method: 'S256',
      });
      expect(asked.get('scope')).toBe('openid ads');
      expect(Buffer.from(asked.get('state') ?? '', 'base64url').length).toBeGreaterThanOrEqual(16);
      const redirect = await server.walk(link);
      const page = await fetch(redirect);
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(await page.text()).not.toContain(new URL(redirect).searchParams.get('code'));
      const { code, stdout, stderr } = await call.ended;
      expect(stderr).not.toMatch(CANARY);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        tenant: 'acme',
        status: 'rotated',
        grant_type: 'authorization_code',
        refresh_token_changed: true,
      });
      const { refreshToken, entry } = await held();
      expect(await server.accepts(refreshToken ?? '')).toBe(true);
      expect(stdout + stderr).not.toContain(refreshToken);
      expect(entry).not.toHaveProperty('authorization_code');
      expect(entry).not.toHaveProperty('code_verifier');
      expect((await cli.run(['rotate'], { home })).code).toBe(0);
    });

    it('tells a redirect of another request off and goes on waiting', async () => {
      const call = cli.start(['connect', 'acme'], { home });
      const link = await linkOf(call);
      const redirect = new URL(await server.walk(link));
      const forged = new URL(redirect);
      forged.searchParams.set('state', 'x'.repeat(43));
      expect((await fetch(forged)).status).toBe(400);
      const twice = new URL(redirect);
      twice.searchParams.append('code', 'another');
      expect((await fetch(twice)).status).toBe(400);
      expect((await fetch(new URL('/elsewhere', redirect))).status).toBe(404);
      expect((await fetch(redirect, { method: 'POST' })).status).toBe(404);
      expect((await fetch(redirect)).status).toBe(200);
      expect(await call.ended).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Connected acme.'),
      });
    });

    it('uses no code of another issuer', async () => {
      const call = cli.start(['connect', 'acme'], { home });
      const redirect = new URL(await server.walk(await linkOf(call)));
      expect(redirect.searchParams.get('iss')).toBe(server.issuer);
      redirect.searchParams.set('iss', 'https://evil.example');
      await fetch(redirect);
      expect(await call.ended).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('issuer of another host'),
      });
      expect(await held()).toMatchObject({ code: null, refreshToken: null });
    });

    it('says in our own words that consent was refused, and changes nothing', async () => {
      server.answer = 'refuses';
      const call = cli.start(['connect', 'acme'], { home });
      await fetch(await server.walk(await linkOf(call)));
      const { code, stderr } = await call.ended;
      expect(code).toBe(1);
      expect(stderr).not.toMatch(CANARY);
      expect(stderr).toContain(
        'The consent was refused. Ask again when the account owner is ready to give it. Nothing was changed.',
      );
      expect(await held()).toMatchObject({ code: null, refreshToken: null });
    });

    it('heals a tenant that needs authorization; its old token is never sent again', async () => {
      const { entry } = await held();
      await save({ ...entry, refresh_token: 'CANARY-dead' });
      expect(await cli.run(['rotate'], { home })).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('needs_authorization'),
      });
      const call = cli.start(['connect', 'acme'], { home });
      await fetch(await server.walk(await linkOf(call)));
      expect(await call.ended).toMatchObject({ code: 0 });
      const status = await cli.run(['status', '--json'], { home });
      expect(status.stdout + status.stderr).not.toMatch(CANARY);
      expect(await server.accepts((await held()).refreshToken ?? '')).toBe(true);
      expect((await cli.run(['rotate'], { home })).code).toBe(0);
    });
  });

  describe('at a platform that redirects to a registered page', () => {
    beforeEach(() => open(REGISTERED, { redirect_uri: REGISTERED }));

    it('takes the address that the browser ended on', async () => {
      const call = cli.start(['connect', 'acme'], { home });
      const redirect = await server.walk(await linkOf(call));
      expect(redirect.startsWith(`${REGISTERED}?`)).toBe(true);
      call.stdin.end(`${redirect}\n`);
      expect(await call.ended).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Connected acme.'),
      });
      expect(await server.accepts((await held()).refreshToken ?? '')).toBe(true);
      // An address answers its own link alone.
      const late = await cli.run(['connect', 'acme', '--paste'], { home, input: redirect });
      expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('another request') });
      expect(late.stderr).not.toContain(new URL(redirect).searchParams.get('code'));
    });

    it('exchanges a code from stdin that was asked for elsewhere', async () => {
      const { entry } = await held();
      await save({ ...entry, refresh_token: 'CANARY-old' });
      const result = await cli.run(['connect', 'acme', '--code-stdin'], {
        home,
        input: 'CANARY-code\n',
      });
      expect(result).toMatchObject({ code: 1, stdout: expect.stringContaining('Not connected') });
      expect(result.stdout + result.stderr).not.toMatch(CANARY);
      // The code is spent, the token of before stays.
      expect(await held()).toMatchObject({ code: null, refreshToken: 'CANARY-old' });
    });
  });
});
