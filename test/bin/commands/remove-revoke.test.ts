import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { type ScriptedServer, startScriptedServer } from '../../fakes/scripted-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
let server: ScriptedServer;
let home: string;

beforeEach(async () => {
  home = join(temporaryFolder(), 'home');
  server = await startScriptedServer();
  const oauth2 = {
    provider: 'oauth2',
    token_url: `${server.url}/token`,
    revocation_url: `${server.url}/revoke`,
    client_id: 'the-client',
    client_secret: 'CANARY-secret',
  };
  const tenants = {
    acme: { ...oauth2, refresh_token: 'CANARY-acme' },
    twin: { ...oauth2, refresh_token: 'CANARY-shared' },
    brother: { ...oauth2, refresh_token: 'CANARY-shared' },
    snap: { ...oauth2, provider: 'snapchat', revocation_url: null, refresh_token: 'CANARY-snap' },
  };
  const { vault } = await openFolderHome({ home });
  await vault.swap('default', null, JSON.stringify({ version: 1, tenants }), crypto.randomUUID());
});
afterEach(() => server.close());
afterAll(() => expect(cli.spoken()).not.toContain('CANARY'));

const run = (...args: string[]) => cli.run(args, { home });

async function tenantNames(): Promise<string[]> {
  const { vault } = await openFolderHome({ home });
  const map = JSON.parse((await vault.read('default'))?.text ?? '{}') as { tenants: object };
  return Object.keys(map.tenants);
}

describe('tokens remove --revoke', () => {
  it('ends the consent first, then removes, and prints a record without tokens', async () => {
    server.script({ status: 200 });
    const { code, stdout } = await run('remove', 'acme', '--revoke', '--yes');
    expect(code).toBe(0);
    const [request] = server.requests;
    expect(request?.path).toBe('/revoke');
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      token: 'CANARY-acme',
      token_type_hint: 'refresh_token',
      client_id: 'the-client',
      client_secret: 'CANARY-secret',
    });
    expect(stdout).toMatch(/ended at {5}20\d\d-/);
    expect(stdout).toContain('the-client');
    expect(await tenantNames()).not.toContain('acme');
  });

  it.each([
    { status: 503 },
    { status: 401, body: { error: 'invalid_client' } },
    { fault: 'reset' as const },
  ])('removes nothing where the platform answers %j', async (reply) => {
    server.script(reply);
    const { code, stderr } = await run('remove', 'acme', '--revoke', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('Nothing was removed');
    expect(await tenantNames()).toContain('acme');
  });

  it('revokes nothing that another tenant lives by', async () => {
    const { code, stderr } = await run('remove', 'twin', '--revoke', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('brother lives by the same consent');
    expect(await tenantNames()).toContain('twin');
    expect(server.requests).toEqual([]);
  });

  it('says where a platform offers no revocation', async () => {
    const { code, stderr } = await run('remove', 'snap', '--revoke', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be revoked from here');
    expect(await tenantNames()).toContain('snap');
  });

  it('gives programs the record', async () => {
    server.script({ status: 200 });
    const { stdout } = await run('--json', 'remove', 'acme', '--revoke', '--yes');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      tenant: 'acme',
      removed: true,
      revoked: { provider: 'Standard OAuth 2.0 server', client_id: 'the-client' },
    });
  });
});
