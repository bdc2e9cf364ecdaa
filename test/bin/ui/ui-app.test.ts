import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Home } from '../../../bin/homes/home.ts';
import { placeHints } from '../../../bin/terminal/place-hints.ts';
import { createUiApp } from '../../../bin/ui/ui-app.ts';
import { createUiGuard, type UiGuard } from '../../../bin/ui/ui-guard.ts';
import { parseEvent } from '../../../lambda/event.ts';
import { makeUiHome } from '../../fakes/ui-home.ts';

const PORT = 4242;
const ORIGIN = `http://127.0.0.1:${PORT}`;
const HOST = { host: `127.0.0.1:${PORT}` };

let home: Home;
let guard: UiGuard;
let app: Hono;
let cookie: string;
let refusing: string;

/** A token endpoint that refuses every credential. */
const server = createServer((_request, response) => {
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end('{"error":"invalid_grant"}');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  refusing = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

beforeEach(async () => {
  const lwa = { provider: 'amazon-ads', client_id: 'c', client_secret: 'CANARY-secret' };
  const local = {
    provider: 'oauth2',
    client_id: 'c',
    token_url: `${refusing}/token`,
    authorize_url: 'http://127.0.0.1:1/authorize',
    refresh_token: 'CANARY-local',
  };
  const acme = { app: 'lwa', title: '<b>Acme</b>', refresh_token: 'CANARY-r', mystery: 'CANARY-m' };
  home = await makeUiHome({ apps: { lwa }, tenants: { acme, local } });
  guard = createUiGuard(PORT);
  app = createUiApp(home, guard, placeHints({ home: '/h/<b>' }, ['connect']));
  const reply = await app.request(guard.newAddress(), { headers: HOST });
  cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? '';
});

const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(`${ORIGIN}${path}`, { headers: { ...HOST, cookie, ...headers } });

function post(path: string, token = guard.formToken, headers: Record<string, string> = {}) {
  const form = 'application/x-www-form-urlencoded';
  const all = { ...HOST, cookie, origin: ORIGIN, 'content-type': form, ...headers };
  const body = new URLSearchParams({ form_token: token }).toString();
  return app.request(`${ORIGIN}${path}`, { method: 'POST', body, headers: all });
}

/** Loads a page until it says so. */
async function becomes(path: string, text: RegExp): Promise<void> {
  const look = async () => expect(await (await get(path)).text()).toMatch(text);
  await vi.waitFor(look, { timeout: 120_000, interval: 100 });
}

describe(createUiGuard.name, () => {
  it('lets one browser in by an address that works once', async () => {
    const address = guard.newAddress();
    const first = await app.request(address, { headers: HOST });
    expect(first.headers.getSetCookie()[0]).toMatch(/^tokens-ui-4242=.*HttpOnly; SameSite=Strict/);
    expect((await app.request(address, { headers: HOST })).status).toBe(403);
    const newer = guard.newAddress();
    expect((await app.request(`${ORIGIN}/in/guessed`, { headers: HOST })).status).toBe(403);
    expect((await app.request(newer, { headers: HOST })).status).toBe(200);
  });

  it.each([
    ['no cookie', { cookie: '' }, 403],
    ['a wrong cookie', { cookie: 'tokens-ui-4242=x' }, 403],
    ['the cookie under the name of another port', { cookie: 'tokens-ui-4243=x' }, 403],
    ['a name that was made to mean this machine', { host: 'evil.example:4242' }, 421],
    ['another port', { host: '127.0.0.1:4243' }, 421],
  ])('refuses a page to %s', async (_what, headers, status) => {
    const reply = await get('/', headers);
    expect([reply.status, (await reply.text()).includes('acme')]).toEqual([status, false]);
  });

  it.each([
    ['another origin', undefined, { origin: 'http://evil.example' }],
    ['another port of this machine', undefined, { origin: 'http://127.0.0.1:1' }],
    ['no origin', undefined, { origin: '' }],
    ['a page of another site', undefined, { 'sec-fetch-site': 'cross-site' }],
    ['a form without its token', '', {}],
    ['a guessed form token', 'x'.repeat(43), {}],
  ])('refuses a button of %s', async (_what, token, headers) => {
    const reply = await post('/tenants/acme/pause', token, headers as Record<string, string>);
    expect(reply.status).toBe(403);
    expect((await home.ports.vault.read('default'))?.text).not.toContain('enabled');
  });
});

describe(createUiApp.name, () => {
  it('shows the fleet and a tenant, escaped, and no secret', async () => {
    const pages = [await (await get('/')).text(), await (await get('/tenants/acme')).text()];
    for (const page of pages) {
      expect(page).toContain('&lt;b&gt;Acme&lt;/b&gt;');
      expect(page).not.toContain('CANARY');
    }
    expect(pages[1]).toMatch(/client_secret<\/dt><dd>fingerprint [0-9a-f]{16}/);
  });

  it('pauses a tenant and takes it up again, every other byte of the map as it was', async () => {
    const before = (await home.ports.vault.read('default'))?.text;
    expect((await post('/tenants/acme/pause')).status).toBe(303);
    await becomes('/tenants/acme', /acme is paused/);
    expect(await (await get('/tenants/acme')).text()).toContain('/tenants/acme/resume');
    await post('/tenants/acme/resume');
    await becomes('/tenants/acme', /takes part in runs again/);
    expect((await home.ports.vault.read('default'))?.text).toBe(before);
  });

  it('rotates a tenant, and says what became of it', async () => {
    await post('/tenants/local/rotate');
    await becomes('/tenants/local', /local: failed/);
  });

  it('says why a tenant fails, on its page and on the fleet', async () => {
    await home.rotate(parseEvent({ tenant: 'local' }));
    const [page, fleet] = [await get('/tenants/local'), await get('/')];
    expect(await page.text()).toMatch(/Why it fails.*spent elsewhere.*possible.*prevented/s);
    const shown = await fleet.text();
    expect(shown).toMatch(/spent elsewhere.*<p class="soft">local<\/p>/s);
    const command = 'tokens connect local --home &#39;/h/&lt;b&gt;&#39;';
    expect([await (await get('/tenants/local')).text(), shown].join()).toContain(command);
    expect(shown.split(command)).toHaveLength(2);
  });

  it('leads to the consent page, and takes only the answer of that consent', async () => {
    const page = await (await post('/tenants/local/connect')).text();
    const url = new URL((/0;url=([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&'));
    expect(url.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/callback`);
    expect((await get('/callback?state=guessed&code=x', { cookie: '' })).status).toBe(400);
    const state = url.searchParams.get('state');
    const back = await get(`/callback?state=${state}&error=access_denied`, { cookie: '' });
    expect([back.status, await back.text()]).toEqual([
      200,
      expect.stringContaining('/tenants/local'),
    ]);
    expect((await get(`/callback?state=${state}&code=x`, { cookie: '' })).status).toBe(400);
    await becomes('/tenants/local', /The consent was refused/);
  });

  it('says where a platform that redirects to registered addresses is connected', async () => {
    const reply = await post('/tenants/acme/connect');
    expect([reply.status, await reply.text()]).toEqual([
      400,
      expect.stringContaining('tokens connect acme'),
    ]);
  });

  it.each(['/tenants/nobody', '/tenants/..%2Fx', '/nothing'])(
    'answers %s with a page',
    async (path) => {
      const reply = await get(path);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
    },
  );

  it('sends a policy that lets nothing in from elsewhere', async () => {
    const { headers } = await get('/');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    // Another policy makes browsers send forms without the origin that the guard looks at.
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });
});
