import { describe, expect, it } from 'vitest';
import { accountRequest, readAccounts } from '../../../lambda/exchange/account-request.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';

function tenantOf(provider: string): Tenant {
  const acme = { provider, client_id: 'c', client_secret: 's', refresh_token: 'r' };
  const map = parseVaultMap(JSON.stringify({ version: 1, tenants: { acme } }));
  return resolveTenant('acme', map) as Tenant;
}

const answer = (body: unknown, status = 200) => ({
  status,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});

describe(accountRequest.name, () => {
  it('asks with the new token whose it is, where the definition names a request', () => {
    const request = accountRequest(tenantOf('meta'), 'AT', { uuid: 'u', nowMs: 0 });
    expect(request).toEqual({
      method: 'GET',
      url: 'https://graph.facebook.com/v25.0/me?fields=id',
      headers: { accept: 'application/json', authorization: 'Bearer AT' },
      body: undefined,
    });
    const ads = accountRequest(tenantOf('amazon-ads'), 'AT', { uuid: 'u', nowMs: 0 });
    expect(ads).toMatchObject({
      url: 'https://advertising-api.amazon.com/v2/profiles',
      headers: { authorization: 'Bearer AT', 'Amazon-Advertising-API-ClientId': 'c' },
    });
    expect(accountRequest(tenantOf('snapchat'), 'AT', { uuid: 'u', nowMs: 0 })).toBeNull();
  });
});

describe(readAccounts.name, () => {
  it('reads a text or number at its path, of a whole success alone', () => {
    const meta = tenantOf('meta');
    expect(readAccounts(meta, answer({ id: '123' }))).toEqual(['123']);
    expect(readAccounts(meta, answer({ id: 123 }))).toEqual(['123']);
    expect(readAccounts(meta, answer({ id: { a: 1 } }))).toEqual([]);
    expect(readAccounts(meta, answer({ id: '123' }, 401))).toEqual([]);
    expect(readAccounts(tenantOf('snapchat'), answer({ id: '123' }))).toEqual([]);
  });

  it('reads each of a list', () => {
    const profiles = [{ profileId: 1 }, { profileId: '2' }, { other: 3 }, null];
    expect(readAccounts(tenantOf('amazon-ads'), answer(profiles))).toEqual(['1', '2']);
    expect(readAccounts(tenantOf('amazon-ads'), answer([]))).toEqual([]);
  });

  it.each([
    ['no JSON', '<html>id=123</html>'],
    ['JSON with something around it', 'notice {"id":"123"}'],
    ['an object that was cut', '{"id":"123"'],
    ['a form', 'id=123'],
    ['a number that lost its last digits', '{"id":12345678901234567890}'],
    ['a blank', '{"id":" "}'],
    ['a list where an object is expected', '[{"id":"123"}]'],
    ['nothing', ''],
  ])('reads none where the answer is %s', (_what, body) => {
    const answered = { status: 200, headers: {}, body: Buffer.from(body) };
    expect(readAccounts(tenantOf('meta'), answered)).toEqual([]);
  });
});
