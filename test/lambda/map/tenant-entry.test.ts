import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { InvalidTenant, Tenant } from '../../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { emptyMap, type VaultMap } from '../../../lambda/map/vault-map.ts';

const CANARY = 'canary-5fb1';

function mapOf(tenants: Record<string, unknown>, apps: Record<string, unknown> = {}): VaultMap {
  return {
    ...emptyMap(),
    apps: new Map(Object.entries(apps)),
    tenants: new Map(Object.entries(tenants)),
  };
}

function resolve(entry: unknown, apps: Record<string, unknown> = {}): Tenant | InvalidTenant {
  return resolveTenant('acme', mapOf({ acme: entry }, apps));
}

function valid(entry: unknown, apps: Record<string, unknown> = {}): Tenant {
  const tenant = resolve(entry, apps);
  if (!isTenant(tenant)) {
    throw new Error(tenant.message);
  }
  return tenant;
}

const lwa = { provider: 'amazon-ads', client_id: 'cid', client_secret: 'cs', region: 'eu' };
const amazon = { ...lwa, refresh_token: 'rt' };
const server = {
  provider: 'oauth2',
  client_id: 'cid',
  client_secret: 'cs',
  token_url: 'https://as.example/token',
};
const connect = { provider: 'instacart-connect', client_id: 'cid', client_secret: 'cs' };

describe(resolveTenant.name, () => {
  it('inherits every field of the app', () => {
    const tenant = valid(
      { app: 'lwa', refresh_token: 'rt' },
      { lwa: { ...lwa, max_concurrency: 2, headers: { A: 'b' }, custom: 'kept' } },
    );
    expect(tenant).toMatchObject({
      name: 'acme',
      app: 'lwa',
      enabled: true,
      grant: 'refresh_token',
      credential: { kind: 'refresh_token', value: 'rt', fingerprint: fingerprint('rt') },
      token_url: 'https://api.amazon.co.uk/auth/o2/token',
      client_auth: 'post',
      body: 'form',
      headers: { A: 'b' },
      max_concurrency: 2,
    });
    expect(tenant.provider.id).toBe('amazon-ads');
    expect(tenant.fields.get('custom')).toBe('kept');
  });

  it("lets the tenant's own fields win", () => {
    const own = {
      region: 'fe',
      enabled: true,
      min_interval_ms: 0,
      headers: { B: 'c' },
      token_url: 'https://proxy.example/t',
    };
    const tenant = valid(
      { app: 'lwa', refresh_token: 'rt', ...own },
      { lwa: { ...lwa, enabled: false, min_interval_ms: 9, headers: { A: 'b' } } },
    );
    expect(tenant).toMatchObject({
      enabled: true,
      min_interval_ms: 0,
      token_url: 'https://proxy.example/t',
    });
    expect(tenant.headers).toEqual({ B: 'c' });
  });

  it('takes blank fields as absent, so that the app lends its own', () => {
    const tenant = valid(
      {
        app: 'lwa',
        refresh_token: 'rt',
        authorization_code: '',
        client_id: null,
        client_secret: '',
      },
      { lwa },
    );
    expect([
      tenant.grant,
      tenant.fields.get('client_id'),
      tenant.fields.get('client_secret'),
    ]).toEqual(['refresh_token', 'cid', 'cs']);
  });

  it('keeps fields it does not know out of the way', () => {
    const odd = {
      note: { nested: [1] },
      toString: 'x',
      constructor: 'y',
      hasOwnProperty: 1,
      'a b': 'c',
    };
    expect(valid({ ...amazon, ...odd }).grant).toBe('refresh_token');
    expect(
      valid(
        JSON.parse(
          '{"provider":"amazon-ads","client_id":"c","client_secret":"s","refresh_token":"r",' +
            '"__proto__":{"region":"eu"}}',
        ),
      ),
    ).toMatchObject({
      token_url: 'https://api.amazon.com/auth/o2/token',
    });
  });

  it('prefers a code, and remembers the refresh token beside it', () => {
    const tenant = valid({ ...amazon, authorization_code: 'code', redirect_uri: 'https://r' });
    expect(tenant).toMatchObject({
      grant: 'authorization_code',
      credential: { kind: 'authorization_code', value: 'code' },
      refresh_token: 'rt',
    });
  });

  it('takes the first of the own grants whose needs are filled', () => {
    expect(valid({ ...connect, user_id: 'u' })).toMatchObject({
      grant: 'fulfillment_user_assertion',
      credential: { kind: 'none' },
    });
    expect(valid(connect).grant).toBe('client_credentials');
    expect(valid(server).grant).toBe('client_credentials');
  });

  it('resolves a tenant that is not enabled, right or wrong', () => {
    expect(valid({ ...amazon, enabled: false }).enabled).toBe(false);
    expect(resolve({ ...lwa, enabled: false })).toMatchObject({ valid: false, enabled: false });
    expect(resolve({ app: 'gone', refresh_token: 'rt', enabled: false })).toMatchObject({
      valid: false,
      enabled: false,
    });
    expect(
      resolve({ app: 'lwa', enabled: false }, { lwa: { ...lwa, refresh_token: 'rt' } }),
    ).toMatchObject({
      valid: false,
      enabled: false,
    });
  });

  it('gives tenants of one client the same pacing key, and others another', () => {
    const [same, other, elsewhere] = [
      { ...amazon, refresh_token: 'x' },
      { ...amazon, client_id: 'c2' },
      { ...amazon, region: 'na' },
    ].map((entry) => valid(entry).client === valid(amazon).client);
    expect([same, other, elsewhere]).toEqual([true, false, false]);
  });

  it('identifies a request by URL, client, grant, user, scope and audience only', () => {
    const { credential } = valid({ ...server, scope: 'a' });
    const same = { ...server, scope: 'a', client_secret: 'new', headers: { A: 'b' } };
    expect(credential).toMatchObject({ kind: 'none', identity: expect.any(String) });
    expect(valid(same).credential).toEqual(credential);
    for (const change of [
      { scope: 'b' },
      { audience: 'x' },
      { user_id: 'u' },
      { client_id: 'c' },
      { token_url: 'https://b.example/' },
    ]) {
      expect(valid({ ...server, scope: 'a', ...change }).credential).not.toEqual(credential);
    }
  });

  it.each([
    ['no object', CANARY, 'tenants.acme'],
    ['an app of another type', { ...amazon, app: [CANARY] }, 'tenants.acme.app'],
    ['an unknown app', { ...amazon, app: CANARY }, 'tenants.acme.app'],
    ['an app named like a prototype', { ...amazon, app: '__proto__' }, 'tenants.acme.app'],
    ['no provider', { ...amazon, provider: undefined }, 'tenants.acme.provider'],
    ['an unknown provider', { ...amazon, provider: CANARY }, 'tenants.acme.provider'],
    [
      'a provider named like a prototype',
      { ...amazon, provider: 'constructor' },
      'tenants.acme.provider',
    ],
    ['no client_id', { ...amazon, client_id: '' }, 'tenants.acme.client_id'],
    ['a client_id of another type', { ...amazon, client_id: 7 }, 'tenants.acme.client_id'],
    ['no client_secret', { ...amazon, client_secret: null }, 'tenants.acme.client_secret'],
    [
      'no client_secret for basic',
      { ...server, client_auth: 'basic', client_secret: '', refresh_token: 'rt' },
      'tenants.acme.client_secret',
    ],
    [
      'a refresh token of another type',
      { ...amazon, refresh_token: { value: CANARY } },
      'tenants.acme.refresh_token',
    ],
    [
      'a code without redirect_uri',
      { ...amazon, authorization_code: CANARY },
      'tenants.acme.redirect_uri',
    ],
    ['an unknown region', { ...amazon, region: CANARY }, 'tenants.acme.region'],
    [
      'a region named like a prototype',
      { ...amazon, region: 'constructor' },
      'tenants.acme.region',
    ],
    ['an unknown environment', { ...connect, environment: CANARY }, 'tenants.acme.environment'],
    [
      'a directory that leads elsewhere',
      { ...amazon, provider: 'microsoft-ads', directory: 'x@evil.example/' },
      'tenants.acme.directory',
    ],
    ['no token_url', { ...server, token_url: '' }, 'tenants.acme.token_url'],
    ['a token_url that is none', { ...server, token_url: CANARY }, 'tenants.acme.token_url'],
    [
      'a plain token_url',
      { ...server, token_url: `http://${CANARY}.example/` },
      'tenants.acme.token_url',
    ],
    [
      'a token_url of another scheme',
      { ...server, token_url: 'file:///etc/passwd' },
      'tenants.acme.token_url',
    ],
    [
      'a token_url with a password',
      { ...server, token_url: `https://u:${CANARY}@as.example/` },
      'tenants.acme.token_url',
    ],
    ['an unknown client_auth', { ...server, client_auth: CANARY }, 'tenants.acme.client_auth'],
    ['an unknown body', { ...server, body: CANARY }, 'tenants.acme.body'],
    ['a scope of another type', { ...server, scope: [CANARY] }, 'tenants.acme.scope'],
    ['enabled as text', { ...amazon, enabled: 'false' }, 'tenants.acme.enabled'],
    ['a negative interval', { ...amazon, min_interval_ms: -1 }, 'tenants.acme.min_interval_ms'],
    ['a concurrency of 0', { ...amazon, max_concurrency: 0 }, 'tenants.acme.max_concurrency'],
    [
      'a concurrency that is not whole',
      { ...amazon, max_concurrency: 1.5 },
      'tenants.acme.max_concurrency',
    ],
    ['a concurrency as text', { ...amazon, max_concurrency: '4' }, 'tenants.acme.max_concurrency'],
    ['headers as a list', { ...amazon, headers: [CANARY] }, 'tenants.acme.headers'],
    [
      'a header name with a line break',
      { ...amazon, headers: { 'a\nb': 'x' } },
      'tenants.acme.headers',
    ],
    ['a header of another type', { ...amazon, headers: { A: 1 } }, 'tenants.acme.headers.A'],
    [
      'a header with a line break',
      { ...amazon, headers: { A: `x\r\n${CANARY}` } },
      'tenants.acme.headers.A',
    ],
    [
      'a header beyond Latin-1',
      { ...amazon, headers: { A: `€${CANARY}` } },
      'tenants.acme.headers.A',
    ],
    [
      'a client_id that no header can carry',
      { ...amazon, client_id: `x\n${CANARY}` },
      'tenants.acme.client_id',
    ],
    [
      'a consumer header field of another type',
      { ...amazon, provider: 'google-ads', developer_token: 5 },
      'tenants.acme.developer_token',
    ],
    ['no credential', lwa, 'tenants.acme.refresh_token'],
    [
      'a refresh token where the platform has none',
      { ...connect, refresh_token: CANARY },
      'tenants.acme.refresh_token',
    ],
    [
      'a code where the platform has none',
      { ...lwa, provider: 'taboola', authorization_code: CANARY },
      'tenants.acme.authorization_code',
    ],
  ])('refuses %s by the path of the field', (_what, entry, path) => {
    const refused = resolve(entry);
    expect(refused).toMatchObject({ valid: false, name: 'acme', path });
    expect(JSON.stringify(refused)).not.toContain(CANARY);
    expect((refused as InvalidTenant).message).toContain(`tenant acme is wrong at ${path}`);
  });

  it("names the app's field where the fault is the app's", () => {
    expect(
      resolve({ app: 'lwa', refresh_token: 'rt' }, { lwa: { ...lwa, region: 'mars' } }),
    ).toMatchObject({ path: 'apps.lwa.region' });
    expect(resolve({ app: 'lwa' }, { lwa: 'text' })).toMatchObject({ path: 'apps.lwa' });
  });

  it.each(['refresh_token', 'authorization_code'])(
    'refuses every tenant of an app that holds a %s',
    (field) => {
      expect(
        resolve({ app: 'lwa', refresh_token: 'rt' }, { lwa: { ...lwa, [field]: CANARY } }),
      ).toMatchObject({ path: `apps.lwa.${field}` });
    },
  );

  it.each(['__proto__', '../x', 'a/b', '', 'x'.repeat(65), 'a\nb'])(
    'refuses the name %j',
    (name) => {
      const map = { ...emptyMap(), tenants: new Map([[name, amazon]]) };
      expect(resolveTenant(name, map)).toMatchObject({ valid: false, name, path: 'tenants' });
    },
  );

  it('says how to go on where there is no credential yet', () => {
    expect(resolve(lwa)).toMatchObject({
      provider: 'amazon-ads',
      next_step: 'Connect it: tokens connect acme',
    });
  });

  it('allows plain http to this machine, which only tests can then ask', () => {
    expect(valid({ ...server, token_url: 'http://127.0.0.1:8080/token' }).token_url).toBe(
      'http://127.0.0.1:8080/token',
    );
  });
});
