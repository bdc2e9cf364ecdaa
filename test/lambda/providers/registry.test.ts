import { describe, expect, it } from 'vitest';
import { tokenRequest } from '../../../lambda/exchange/token-request.ts';
import { consumerHeaders } from '../../../lambda/map/consumer-headers.ts';
import { resolveTenant, type Tenant } from '../../../lambda/map/tenant-entry.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';
import { listOf } from '../../../lambda/providers/fields.ts';
import type { UrlChoice } from '../../../lambda/providers/provider.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { placeholders } from '../../../lambda/providers/template.ts';

const everyField = {
  client_id: 'id',
  client_secret: 'cs',
  redirect_uri: 'https://r.example/cb',
  code_verifier: 'v',
  scope: 'a b',
  audience: 'api',
  user_id: 'u',
};

const urlsOf = (choice: UrlChoice | null) =>
  choice === null ? [] : typeof choice === 'string' ? [choice] : Object.values(choice.urls);

function resolve(id: string, entry: Record<string, unknown>): Tenant {
  const definition = providers.get(id);
  const tokenUrl = definition?.token_url === null ? { token_url: 'https://as.example/token' } : {};
  const tenant = resolveTenant('acme', {
    ...emptyMap(),
    tenants: new Map([['acme', { provider: id, ...everyField, ...tokenUrl, ...entry }]]),
  });
  if (!tenant.valid) throw new Error(tenant.message);
  return tenant;
}

describe('providers', () => {
  it('has the ones that entries may name', () => {
    expect([...providers.keys()]).toEqual([
      'amazon-ads',
      'instacart-ads',
      'instacart-connect',
      'oauth2',
      'google-ads',
      'microsoft-ads',
      'criteo',
      'pinterest',
    ]);
  });

  describe.each([...providers.values()])('$id', (definition) => {
    it('is plain data', () => {
      expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
    });

    it('has https URLs only, with a pattern and a value for each placeholder', () => {
      for (const url of [
        ...urlsOf(definition.token_url),
        ...urlsOf(definition.authorize?.url ?? null),
      ]) {
        expect(url).toMatch(/^https:\/\//);
        for (const name of placeholders(url)) {
          expect(definition.variables).toHaveProperty(name);
          expect(definition.defaults?.[name]).toMatch(
            new RegExp(`^(?:${definition.variables?.[name]})$`),
          );
        }
      }
    });

    it('tells consumers no refresh token and no client secret', () => {
      const names = Object.values(definition.consumer_headers).flatMap(placeholders);
      for (const secret of [
        'client_secret',
        'refresh_token',
        'authorization_code',
        'code_verifier',
        'credential',
      ])
        expect(names).not.toContain(secret);
    });

    it('has every grant that it lists as its own', () => {
      for (const grant of listOf(definition.default_grant))
        expect(definition.grants).toHaveProperty(grant);
    });

    it('makes a request of every grant that leaves no placeholder', () => {
      for (const grant of Object.keys(definition.grants) as (keyof typeof definition.grants)[]) {
        const held =
          grant === 'authorization_code' || grant === 'refresh_token' ? { [grant]: 'sent' } : {};
        const tenant = resolve(definition.id, held);
        const credential = tenant.credential.kind === 'none' ? null : tenant.credential.value;
        const request = tokenRequest(tenant, { grant, credential }, { uuid: 'u', nowMs: 0 });
        expect(
          JSON.stringify({
            ...request,
            body: decodeURIComponent(request.body ?? '').replace(/^\{|\}$/g, ''),
          }),
        ).not.toMatch(/\{[a-z_]+[|}]/);
        expect(request.method).toBe('POST');
      }
    });
  });
});

describe(consumerHeaders.name, () => {
  it("gives the platform's headers whose fields the tenant has", () => {
    expect(consumerHeaders(resolve('amazon-ads', { refresh_token: 'rt' }), 'at')).toEqual({
      'Amazon-Advertising-API-ClientId': 'id',
    });
    const google = resolve('google-ads', { refresh_token: 'rt', developer_token: 'dt' });
    expect(consumerHeaders(google, 'at')).toEqual({ 'developer-token': 'dt' });
  });

  it("lets the entry's own headers win, however they are written", () => {
    const headers = {
      'amazon-advertising-api-clientid': 'other',
      'Amazon-Advertising-API-Scope': '123',
    };
    expect(consumerHeaders(resolve('amazon-ads', { refresh_token: 'rt', headers }), 'at')).toEqual(
      headers,
    );
  });
});
