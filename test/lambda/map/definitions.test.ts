import { describe, expect, it } from 'vitest';
import { tokenRequest } from '../../../lambda/exchange/token-request.ts';
import { findProvider, providerIds } from '../../../lambda/map/definitions.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap, type VaultMap } from '../../../lambda/map/vault-map.ts';

function mapWith(definition: unknown, entry: object = {}): VaultMap {
  const acme = {
    provider: 'agency-dsp',
    client_id: 'c',
    client_secret: 's',
    refresh_token: 'r',
    ...entry,
  };
  const brandx = { provider: 'criteo', client_id: 'c', client_secret: 's' };
  const map = { version: 1, definitions: { 'agency-dsp': definition }, tenants: { acme, brandx } };
  return parseVaultMap(JSON.stringify(map));
}

const dsp = { token_url: 'https://{host}/t', variables: { host: '.*' }, title: 'DSP' };

function tenantOf(map: VaultMap): Tenant {
  const tenant = resolveTenant('acme', map);
  if (!tenant.valid) {
    throw new Error(tenant.message);
  }
  return tenant;
}

describe('definitions of a map', () => {
  it('are what its tenants name', () => {
    const map = mapWith(dsp, { host: 'eu.dsp.example' });
    const tenant = tenantOf(map);
    expect(tenant.provider.title).toBe('DSP');
    expect(providerIds(map)).toContain('agency-dsp');
    const use = { grant: tenant.grant, credential: 'r' };
    expect(tokenRequest(tenant, use, { uuid: 'u', nowMs: 0 }).url).toBe('https://eu.dsp.example/t');
  });

  it.each([
    'evil.example/x?',
    'evil.example#',
    'user@evil.example',
    'evil.example:443',
    'evil.example\\x',
    'a b',
    '[::1]',
    '',
  ])('lead to no other host by %j, whatever their pattern allows', (host) => {
    const map = mapWith({ ...dsp, token_url: 'https://{host}.dsp.example/t' }, { host });
    expect(resolveTenant('acme', map)).toMatchObject({ valid: false });
  });

  it('fail their own tenants alone where they are wrong', () => {
    const map = mapWith({ ...dsp, title: 7 });
    expect(resolveTenant('acme', map)).toMatchObject({
      valid: false,
      code: 'invalid_definition',
      provider: 'agency-dsp',
      path: 'definitions.agency-dsp.title',
      next_step: 'Correct it: tokens provider check agency-dsp',
    });
    expect(resolveTenant('brandx', map).valid).toBe(true);
  });

  it('win over a shipped one that comes later under the same id', () => {
    const text = JSON.stringify({
      version: 1,
      definitions: { criteo: { title: 'Ours', token_url: 'https://x.example/t' } },
    });
    expect(findProvider(parseVaultMap(text), 'criteo')?.title).toBe('Ours');
  });
});

describe('the grant of an entry without a credential', () => {
  const oauth2 = {
    provider: 'oauth2',
    token_url: 'https://x.example/t',
    client_id: 'c',
    client_secret: 's',
  };
  const resolved = (entry: object) =>
    resolveTenant('acme', parseVaultMap(JSON.stringify({ version: 1, tenants: { acme: entry } })));

  it('is what it names, and then nobody has to ask its history', () => {
    expect(resolved({ ...oauth2, grant: 'client_credentials' })).toMatchObject({
      grant: 'client_credentials',
      grant_chosen_by: 'entry',
    });
  });

  it('is a habit where neither entry nor definition names one', () => {
    expect(resolved(oauth2)).toMatchObject({
      grant: 'client_credentials',
      grant_chosen_by: 'habit',
    });
    expect(resolved({ ...oauth2, provider: 'criteo' })).toMatchObject({
      grant_chosen_by: 'default',
    });
    expect(resolved({ ...oauth2, refresh_token: 'r' })).toMatchObject({
      grant_chosen_by: 'credential',
    });
  });

  it('waits for a consent where the entry names the grant of one', () => {
    expect(resolved({ ...oauth2, grant: 'refresh_token' })).toMatchObject({
      valid: false,
      path: 'tenants.acme.refresh_token',
    });
  });

  it('must be one of the definition', () => {
    expect(resolved({ ...oauth2, grant: 'password' })).toMatchObject({
      valid: false,
      path: 'tenants.acme.grant',
    });
  });
});

describe('client_secrets', () => {
  const app = (fields: object) => ({ provider: 'amazon-ads', client_id: 'c', ...fields });
  const resolved = (own: object, lent: object) => {
    const tenants = { acme: { app: 'a', refresh_token: 'r', ...own } };
    return resolveTenant(
      'acme',
      parseVaultMap(JSON.stringify({ version: 1, apps: { a: lent }, tenants })),
    );
  };

  it('are tried in their order', () => {
    const tenant = resolved({}, app({ client_secrets: ['new', 'old'] }));
    expect(tenant).toMatchObject({ client_secrets: ['new', 'old'] });
    expect((tenant as Tenant).fields.get('client_secret')).toBe('new');
  });

  it('of the tenant win over those of its app, in either form', () => {
    const lent = app({ client_secrets: ['a', 'b'] });
    expect(resolved({ client_secret: 'mine' }, lent)).toMatchObject({ client_secrets: ['mine'] });
    const single = app({ client_secret: 'a' });
    expect(resolved({ client_secrets: ['x', 'y'] }, single)).toMatchObject({
      client_secrets: ['x', 'y'],
    });
  });

  it.each([
    [
      'both forms in one place',
      { client_secret: 'a', client_secrets: ['b'] },
      'apps.a.client_secrets',
    ],
    ['an empty list', { client_secrets: [] }, 'apps.a.client_secrets'],
    ['no list', { client_secrets: 'a' }, 'apps.a.client_secrets'],
    ['a number in it', { client_secrets: ['a', 7] }, 'apps.a.client_secrets[1]'],
    ['one twice', { client_secrets: ['a', 'a'] }, 'apps.a.client_secrets'],
    ['too many', { client_secrets: Array.from({ length: 11 }, String) }, 'apps.a.client_secrets'],
  ])('are refused with %s', (_what, fields, path) => {
    expect(resolved({}, app(fields))).toMatchObject({ valid: false, code: 'invalid_entry', path });
  });
});

describe('the identity of a grant that spends nothing', () => {
  const zoom = { provider: 'zoom', client_id: 'c', client_secret: 's', account_id: 'a1' };
  const identityOf = (entry: object) => {
    const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme: entry } }));
    return (resolveTenant('acme', map) as Tenant).credential;
  };

  it('holds every field that its request names, and no secret', () => {
    expect(identityOf({ ...zoom, account_id: 'a2' })).not.toEqual(identityOf(zoom));
    expect(identityOf({ ...zoom, client_secret: 'other' })).toEqual(identityOf(zoom));
    expect(identityOf({ ...zoom, title: 'Acme', note: 'x', other: 'y' })).toEqual(identityOf(zoom));
    const yahoo = { provider: 'yahoo-dsp', client_id: 'c', client_secret: 's' };
    expect(identityOf({ ...yahoo, realm: 'other' })).not.toEqual(identityOf(yahoo));
  });

  it("holds the texts of an operator's own request, and no other text of the definition", () => {
    const own = (definition: object) => {
      const entry = { provider: 'mine', grant: 'client_credentials', client_id: 'c' };
      const text = JSON.stringify({
        version: 1,
        definitions: { mine: { extends: 'oauth2', ...definition } },
        tenants: {
          acme: { ...entry, client_secret: 'secret', token_url: 'https://x.example/token' },
        },
      });
      return (resolveTenant('acme', parseVaultMap(text)) as Tenant).credential;
    };
    const asking = (account: string) => ({
      grants: { client_credentials: { params: { account } } },
    });
    const inHeader = (account: string) => ({ request_headers: { 'X-Account': account } });
    for (const request of [asking, inHeader]) {
      expect(own(request('a1'))).toMatchObject({ kind: 'none' });
      expect(own(request('a2'))).not.toEqual(own(request('a1')));
      expect(own({ ...request('a1'), title: 'Mine' })).toEqual(own(request('a1')));
    }
  });

  it('is what version 0.1 knew, where the request names nothing else', () => {
    const entry = { provider: 'criteo', client_id: 'c', client_secret: 's', scope: 'x' };
    expect(identityOf(entry)).toEqual({ kind: 'none', identity: '476fcd5958b39a0d' });
  });
});

describe('fields for people', () => {
  it('are shown and never sent, and one of another type counts as absent', () => {
    const free = {
      title: 'Acme Ltd',
      owner: 'ann',
      contact: 'a@x.example',
      note: 'n',
      tags: ['eu', 7],
    };
    const map = mapWith({ token_url: 'https://x.example/t' }, free);
    const tenant = tenantOf(map);
    expect(tenant).toMatchObject({ title: 'Acme Ltd', owner: 'ann', note: 'n', tags: ['eu'] });
    expect([...tenant.fields.keys()]).not.toContain('title');
    const wrong = mapWith({ token_url: 'https://x.example/t' }, { title: 7, tags: 'eu', note: {} });
    expect(tenantOf(wrong)).toMatchObject({ title: null, tags: [], note: null });
  });

  it('and names of definitions reach no message where they are none', () => {
    const map = parseVaultMap(
      JSON.stringify({
        version: 1,
        definitions: { 'd\u001b[31m': { extends: 'oauth2' }, 'own-one': { extends: 'oauth2' } },
        tenants: { acme: { provider: 'nobody', client_id: 'c', refresh_token: 'r' } },
      }),
    );
    const told = resolveTenant('acme', map);
    expect(told).toMatchObject({ message: expect.stringContaining('own-one') });
    expect(told).toMatchObject({ message: expect.not.stringContaining('\u001b') });
  });

  it('and other fields are refused when they are too long to be stored', () => {
    const map = mapWith(
      { token_url: 'https://x.example/t' },
      { refresh_token: 'x'.repeat(70_000) },
    );
    expect(resolveTenant('acme', map)).toMatchObject({ path: 'tenants.acme.refresh_token' });
  });
});
