import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();

interface Reply {
  status: number;
  body: object;
}

const PENDING = { status: 400, body: { error: 'authorization_pending' } };
const ISSUED = {
  status: 200,
  body: { access_token: 'CANARY-access', refresh_token: 'CANARY-refresh', token_type: 'bearer' },
};
const DEVICE = {
  status: 200,
  body: {
    device_code: 'CANARY-device',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://as.example/device',
    verification_uri_complete: 'https://as.example/device?user_code=WDJB-MJHT',
    expires_in: 60,
    interval: 0.05,
  },
};

/** A server that answers the device endpoint once, and the token endpoint by a list. */
async function startServer(device: Reply, tokens: readonly Reply[]) {
  const asked: { path: string; form: Record<string, string> }[] = [];
  const left = [...tokens];
  const server = createServer(async (request, response) => {
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    asked.push({ path: request.url ?? '', form });
    const reply = request.url === '/device' ? device : (left.shift() ?? PENDING);
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = join(temporaryFolder(), 'home');
  const { vault, archive } = await openFolderHome({ home: folder });
  const entry = {
    provider: 'oauth2',
    client_id: 'id',
    client_secret: 'CANARY-secret',
    scope: 'ads',
    token_url: `${origin}/token`,
    device_url: `${origin}/device`,
  };
  return {
    asked,
    archive,
    async save(fields: object = {}) {
      const map = { version: 1, tenants: { acme: { ...entry, ...fields } } };
      await vault.swap('default', null, JSON.stringify(map), crypto.randomUUID());
    },
    connect: (...args: string[]) =>
      cli.run(['connect', 'acme', '--device', ...args], { home: folder }),
    history: () => cli.run(['history', 'acme'], { home: folder }),
    async entry(): Promise<Record<string, unknown>> {
      return JSON.parse((await vault.read('default'))?.text ?? '').tenants.acme;
    },
  };
}

describe('tokens connect --device', () => {
  it('shows a code for any browser, and asks until the consent is given', async () => {
    const server = await startServer(DEVICE, [PENDING, PENDING, ISSUED]);
    await server.save();
    const { code, stdout, stderr } = await server.connect();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Connected') });
    expect(stderr).toContain('WDJB-MJHT');
    expect(stderr).toContain('https://as.example/device');
    expect(stdout + stderr).not.toContain('CANARY');
    expect(server.asked[0]).toEqual({
      path: '/device',
      form: { client_id: 'id', client_secret: 'CANARY-secret', scope: 'ads' },
    });
    expect(server.asked.slice(1).map(({ form }) => form.device_code)).toEqual(
      Array(3).fill('CANARY-device'),
    );
    expect(server.asked[1]?.form.grant_type).toBe('urn:ietf:params:oauth:grant-type:device_code');
    const entry = await server.entry();
    expect(entry).toMatchObject({ refresh_token: 'CANARY-refresh' });
    expect(entry).not.toHaveProperty('device_code');
    expect((await server.history()).stdout).toMatch(/device_code +400 +pending/);
  });

  it('says that the consent was refused, and keeps the refresh token of before', async () => {
    const refused = { status: 400, body: { error: 'access_denied' } };
    const server = await startServer(DEVICE, [PENDING, refused, refused]);
    await server.save({ refresh_token: 'CANARY-old' });
    const { code, stdout, stderr } = await server.connect();
    expect(code).toBe(1);
    expect(stdout).toContain('Not connected');
    expect(stdout + stderr).not.toContain('CANARY');
    const entry = await server.entry();
    expect(entry).toMatchObject({ refresh_token: 'CANARY-old' });
    expect(entry).not.toHaveProperty('device_code');
  });

  it('takes the code out again when nobody gave consent in time', async () => {
    const short = { ...DEVICE, body: { ...DEVICE.body, expires_in: 0.2 } };
    const server = await startServer(short, []);
    await server.save();
    expect(await server.connect()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nobody gave consent in time'),
    });
    expect(await server.entry()).not.toHaveProperty('device_code');
  });

  it.each([
    ['refuses the client', { status: 401, body: { error: 'invalid_client' } }, /invalid_client/],
    ['answers with something else', { status: 200, body: { CANARY: 1 } }, /no device code/],
    [
      'names a page in the clear',
      { status: 200, body: { ...DEVICE.body, verification_uri: 'http://as.example/' } },
      /no device code/,
    ],
    [
      'names a page with another name before its host',
      { status: 200, body: { ...DEVICE.body, verification_uri: 'https://a.example@x.example/' } },
      /no device code/,
    ],
  ])('changes nothing at a server that %s', async (_what, reply, message) => {
    const server = await startServer(reply, []);
    await server.save();
    const { code, stderr } = await server.connect();
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('CANARY');
    expect(await server.entry()).not.toHaveProperty('device_code');
  });

  it('names the way in a browser where there are no device codes', async () => {
    const server = await startServer(DEVICE, []);
    await server.save({ provider: 'pinterest' });
    expect(await server.connect()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no device codes.\n.*tokens connect acme/),
    });
  });
});
