import { describe, expect, it } from 'vitest';
import { consumerHeaders } from '../../../lambda/map/consumer-headers.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';
import type { ProviderDefinition } from '../../../lambda/providers/provider.ts';

/** A tenant of a platform with the given headers. */
function tenantOf(definition: Partial<ProviderDefinition>, headers = {}): Tenant {
  const entry = {
    provider: 'oauth2',
    client_id: 'c',
    token_url: 'https://as.example/token',
    refresh_token: 'r',
    headers,
  };
  const tenant = resolveTenant('acme', { ...emptyMap(), tenants: new Map([['acme', entry]]) });
  if (!isTenant(tenant)) {
    throw new Error(tenant.message);
  }
  return { ...tenant, provider: { ...tenant.provider, ...definition } };
}

describe(consumerHeaders.name, () => {
  it('fills fields and the token, and leaves what is new at each call to the caller', () => {
    const consumer_headers = {
      'X-Client': '{client_id}',
      'X-Auth': '{access_token}',
      'X-Request': '{uuid}',
      'X-At': '{now_ms}',
      'X-Account': '{account_id}',
    };
    expect(consumerHeaders(tenantOf({ consumer_headers }), 'at')).toEqual({
      'X-Client': 'c',
      'X-Auth': 'at',
      'X-Request': '{uuid}',
      'X-At': '{now_ms}',
    });
  });

  it('empties Authorization where the platform wants none, unless the tenant has its own', () => {
    const platform = { consumer_headers: {}, consumer_authorization: 'none' } as const;
    expect(consumerHeaders(tenantOf(platform), 'at')).toEqual({ Authorization: '' });
    expect(consumerHeaders(tenantOf(platform, { authorization: 'own' }), 'at')).toEqual({
      authorization: 'own',
    });
  });
});
