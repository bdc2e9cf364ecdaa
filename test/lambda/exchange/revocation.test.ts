import { describe, expect, it } from 'vitest';
import { isRevoked, revocationRequest } from '../../../lambda/exchange/revocation.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import type { HttpRequest } from '../../../lambda/ports.ts';

const GENERATED = { uuid: 'u', nowMs: 0 };
const HELD = { refresh_token: 'RT', access_token: 'AT' };

function tenantOf(entry: object): Tenant {
  const acme = { client_id: 'c', client_secret: 's', refresh_token: 'RT', ...entry };
  const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme } }));
  const tenant = resolveTenant('acme', map);
  if (!tenant.valid) {
    throw new Error(tenant.message);
  }
  return tenant;
}

const oauth2 = { provider: 'oauth2', token_url: 'https://as.example/token' };

function requestOf(entry: object): HttpRequest {
  const request = revocationRequest(tenantOf(entry), HELD, GENERATED);
  if ('problem' in request) {
    throw new Error(request.problem);
  }
  return request;
}

const params = (request: HttpRequest) => Object.fromEntries(new URLSearchParams(request.body));

describe(revocationRequest.name, () => {
  it('follows RFC 7009 at the URL that an entry names', () => {
    const request = requestOf({ ...oauth2, revocation_url: 'https://as.example/revoke' });
    expect(request).toMatchObject({ method: 'POST', url: 'https://as.example/revoke' });
    expect(params(request)).toEqual({
      token: 'RT',
      token_type_hint: 'refresh_token',
      client_id: 'c',
      client_secret: 's',
    });
  });

  it("goes the platform's own way by its definition", () => {
    const google = requestOf({ provider: 'google-ads' });
    expect(google.url).toBe('https://oauth2.googleapis.com/revoke');
    expect(params(google)).toEqual({ token: 'RT' });
    const meta = requestOf({ provider: 'meta' });
    expect(meta).toMatchObject({ method: 'DELETE', body: undefined });
    expect(meta.url).toBe('https://graph.facebook.com/v25.0/me/permissions?access_token=AT');
    const quickbooks = requestOf({ provider: 'quickbooks' });
    expect(quickbooks.headers.authorization).toMatch(/^Basic /);
    expect(JSON.parse(quickbooks.body ?? '')).toEqual({ token: 'RT' });
  });

  it('says why there is none', () => {
    const none = revocationRequest(tenantOf({ provider: 'snapchat' }), HELD, GENERATED);
    expect(none).toMatchObject({ problem: expect.stringContaining('no such endpoint') });
    const empty = revocationRequest(
      tenantOf({ provider: 'tiktok' }),
      { ...HELD, access_token: null },
      GENERATED,
    );
    expect(empty).toEqual({ problem: 'it holds no access_token to revoke' });
    for (const revocation_url of ['http://as.example/r', 'https://u:p@as.example/r', 'nothing']) {
      expect(
        revocationRequest(tenantOf({ ...oauth2, revocation_url }), HELD, GENERATED),
      ).toHaveProperty('problem');
    }
  });
});

describe(isRevoked.name, () => {
  const answer = (status: number | null, body: unknown = '') => ({
    status,
    headers: {},
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const tenant = tenantOf({ provider: 'google-ads' });

  it.each([
    [200, ''],
    [200, {}],
    [204, ''],
    [400, { error: 'invalid_token' }],
    [400, { error: 'invalid_grant' }],
  ])('believes %s %j', (status, body) => {
    expect(isRevoked(tenant, answer(status, body))).toBe(true);
  });

  it.each([
    [200, { error: 'invalid_client' }],
    [401, { error: 'invalid_client' }],
    [403, ''],
    [429, ''],
    [500, ''],
    [302, ''],
    [null, ''],
  ])('does not believe %s %j', (status, body) => {
    expect(isRevoked(tenant, answer(status, body))).toBe(false);
  });

  it('does not believe an answer that was cut, or whose envelope says no', () => {
    const cut = { ...answer(200), failure: { kind: 'cut' as const, code: 'x' } };
    expect(isRevoked(tenant, cut)).toBe(false);
    const slack = tenantOf({ provider: 'slack' });
    expect(isRevoked(slack, answer(200, { ok: false, error: 'other' }))).toBe(false);
    expect(isRevoked(slack, answer(200, { ok: true, revoked: true }))).toBe(true);
  });
});
