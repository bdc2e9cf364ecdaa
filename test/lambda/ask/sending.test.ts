import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentialsOf } from '../../../lambda/ask/sending.ts';
import { isTenant, resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
import { privateKey } from '../../fakes/certificate.ts';

/** Names the credentials of a tenant whose entry differs in some fields. */
function named(entry: object, more: object = {}): string {
  const tenants = { acme: { ...entry, ...more } };
  const tenant = resolveTenant('acme', parseVaultMap(JSON.stringify({ version: 1, tenants })));
  if (!isTenant(tenant)) {
    throw new Error(tenant.message);
  }
  return credentialsOf(tenant);
}

const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});
const APPLE = {
  provider: 'apple-ads',
  client_id: 'SEARCHADS.1',
  team_id: 'SEARCHADS.1',
  key_id: 'k1',
  private_key: privateKey,
  org_id: '1',
};
const STANDARD = {
  provider: 'oauth2',
  token_url: 'https://a.example/token',
  client_id: 'c',
  client_secret: 's',
  refresh_token: 'r',
};

describe(credentialsOf.name, () => {
  it.each([
    ['a secret', STANDARD, { client_secret: 'mistyped' }],
    ['a list of secrets', STANDARD, { client_secret: undefined, client_secrets: ['s', 't'] }],
    ['a way to send it', STANDARD, { client_auth: 'basic' }],
    ['a signing key', APPLE, { private_key: otherKey }],
    ['the name of a signing key', APPLE, { key_id: 'k2' }],
    ['the issuer of what is signed', APPLE, { team_id: 'SEARCHADS.2' }],
  ])('differs for a tenant with %s of its own', (_what, entry, more) => {
    expect(named(entry, more)).not.toBe(named(entry));
  });

  it.each([
    ['its own token', STANDARD, { refresh_token: 'other' }],
    ['its own scope', STANDARD, { scope: 'ads' }],
    ['its own account', APPLE, { org_id: '2' }],
  ])('is the same for a tenant with %s', (_what, entry, more) => {
    expect(named(entry, more)).toBe(named(entry));
  });

  it('holds no secret', () => {
    expect(named(STANDARD, { client_secret: 'a-secret-text' })).not.toContain('a-secret-text');
    expect(named(APPLE)).not.toContain('PRIVATE KEY');
  });
});
