import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryFault, mergeWithApp } from '../../../lambda/map/merged-entry.ts';
import { readFields } from '../../../lambda/map/tenant-fields.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { grantNeeds } from '../../../lambda/providers/request-fields.ts';

function fieldsOf(provider: string, entry: Record<string, unknown>) {
  const definition = providers.get(provider);
  if (!definition) {
    throw new Error(provider);
  }
  return readFields(
    mergeWithApp('acme', { ...emptyMap(), tenants: new Map([['acme', entry]]) }),
    definition,
  );
}

describe(readFields.name, () => {
  it.each([
    ['instacart-connect', ' a b,c  d ', 'a,b,c,d'],
    ['oauth2', ' a  b,c ', 'a b,c'],
    ['microsoft-ads', undefined, 'https://ads.microsoft.com/msads.manage offline_access'],
  ])('joins the scopes of %s as the platform wants them', (provider, scope, expected) => {
    expect(fieldsOf(provider, { scope }).get('scope')).toBe(expected);
  });

  it('keeps texts it does not know, and passes over other types and what is for people', () => {
    expect(
      Object.fromEntries(
        fieldsOf('oauth2', { other: 'x', note: 'shown to people', list: [1], flag: true }),
      ),
    ).toEqual({
      other: 'x',
    });
  });

  it.each([
    ['microsoft-ads', 'directory'],
    ['amazon-ads', 'region'],
    ['instacart-connect', 'user_id'],
    ['google-ads', 'login_customer_id'],
  ])('refuses a number where %s needs the text %s', (provider, field) => {
    expect(() => fieldsOf(provider, { [field]: 12 })).toThrow(EntryFault);
  });

  it.each([
    ['refresh_token', 'CANARY\n', /line end before or after/],
    ['client_id', '\ufeffCANARY', /byte order mark/],
    ['client_secret', '"CANARY"', /quotes around/],
    ['authorization_code', 'CAN\u200bARY', /an invisible character/],
    ['code_verifier', 'CODE_VERIFIER=CANARY', /a name and its value/],
    ['refresh_token', '{"refresh_token":"CANARY"}', /is JSON/],
    ['client_secrets', ['fine', 'CANARY '], /blank before or after/],
  ])('refuses a %s that is none, and repeats none of it: %j', (field, value, message) => {
    const read = () => fieldsOf('oauth2', { [field]: value });
    expect(read).toThrow(message);
    expect(read).not.toThrow(/CANARY/);
  });

  it('reads any entry without failing otherwise', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(...providers.keys()),
        (entry, provider) => {
          try {
            for (const value of fieldsOf(provider, entry).values()) {
              expect(typeof value).toBe('string');
            }
          } catch (error) {
            expect(error).toBeInstanceOf(EntryFault);
          }
        },
      ),
    );
  });
});

describe(grantNeeds.name, () => {
  it('counts required parameters and further needs, not what is generated or optional', () => {
    const needs = (provider: string, grant: Parameters<typeof grantNeeds>[1]) => {
      const definition = providers.get(provider);
      return definition && grantNeeds(definition, grant);
    };
    expect(needs('amazon-ads', 'authorization_code')).toEqual(['redirect_uri']);
    expect(needs('amazon-ads', 'refresh_token')).toEqual([]);
    expect(needs('instacart-connect', 'fulfillment_user_assertion')).toEqual(['user_id']);
    expect(needs('oauth2', 'client_credentials')).toEqual(['client_secret']);
  });
});
