import { describe, expect, it } from 'vitest';
import { valueAt } from '../../../lambda/exchange/reply-fields.ts';
import { consumerHeaders } from '../../../lambda/map/consumer-headers.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';
import { definitionFault } from '../../../lambda/providers/definition-fault.ts';
import { providerDefinition } from '../../../lambda/providers/provider.ts';
import { providers } from '../../../lambda/providers/registry.ts';

const everyField = {
  client_id: 'id',
  client_secret: 'cs',
  redirect_uri: 'https://r.example/cb',
  code_verifier: 'v',
  scope: 'a b',
  audience: 'api',
  user_id: 'u',
};

function resolve(id: string, entry: Record<string, unknown>): Tenant {
  const definition = providers.get(id);
  const tokenUrl = definition?.token_url === null ? { token_url: 'https://as.example/token' } : {};
  const tenant = resolveTenant('acme', {
    ...emptyMap(),
    tenants: new Map([['acme', { provider: id, ...everyField, ...tokenUrl, ...entry }]]),
  });
  if (!tenant.valid) {
    throw new Error(tenant.message);
  }
  return tenant;
}

/** The ids that entries may name: none may ever go. */
const IDS = `amazon-ads instacart-ads instacart-connect criteo amazon-sp-api citrusad kroger uber
  doordash walmart-marketplace ebay etsy shopify oauth2 google-ads google microsoft-ads-google
  microsoft-ads entra entra-certificate meta instagram pinterest snapchat linkedin reddit
  spotify-ads tiktok-business tiktok-accounts tiktok apple-ads taboola outbrain adroll
  the-trade-desk yahoo-dsp xandr salesforce salesforce-marketing-cloud hubspot klaviyo quickbooks
  xero zoho snowflake slack slack-user atlassian zoom
  walmart-connect x-ads`.split(/\s+/);

describe('providers', () => {
  it('has the ones that entries may name', () => {
    expect([...providers.keys()].toSorted()).toEqual(IDS.toSorted());
  });

  describe.each([...providers.values()])('$id', (definition) => {
    it('is plain data of the schema that operators are held to', () => {
      const data: unknown = JSON.parse(JSON.stringify(definition));
      expect(data).toEqual(definition);
      expect(providerDefinition.safeParse(data).error?.issues).toBeUndefined();
      expect(definitionFault(definition)).toBeUndefined();
    });

    it('has defaults that fill its URLs', () => {
      for (const [field, value] of Object.entries(definition.defaults ?? {})) {
        const pattern = definition.variables?.[field] ?? '[^]*';
        expect(value).toMatch(new RegExp(`^(?:${pattern})$`));
      }
    });

    it('marks only facts that it has as unconfirmed', () => {
      for (const path of definition.unconfirmed ?? []) {
        expect(valueAt(definition, path), path).toBeDefined();
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
