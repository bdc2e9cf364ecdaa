import { describe, expect, it } from 'vitest';
import { accountRequest, readAccount } from '../../../lambda/exchange/account-request.ts';
import { resolveTenant, type Tenant } from '../../../lambda/map/tenant-entry.ts';
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
    expect(accountRequest(tenantOf('snapchat'), 'AT', { uuid: 'u', nowMs: 0 })).toBeNull();
  });
});

describe(readAccount.name, () => {
  it('reads a text or number at its path, of a whole success alone', () => {
    const meta = tenantOf('meta');
    expect(readAccount(meta, answer({ id: '123' }))).toBe('123');
    expect(readAccount(meta, answer({ id: 123 }))).toBe('123');
    expect(readAccount(meta, answer({ id: { a: 1 } }))).toBeNull();
    expect(readAccount(meta, answer({ id: '123' }, 401))).toBeNull();
    expect(readAccount(tenantOf('snapchat'), answer({ id: '123' }))).toBeNull();
  });
});
