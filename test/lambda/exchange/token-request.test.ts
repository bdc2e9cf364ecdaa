import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicCredentials, tokenRequest } from '../../../lambda/exchange/token-request.ts';
import { credentialFault } from '../../../lambda/map/credential-text.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { resolveTenant } from '../../../lambda/map/tenant-entry.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';

const UUID = { uuid: '00000000-0000-4000-8000-000000000000', nowMs: 0 };

function tenantOf(entry: Record<string, unknown>): Tenant {
  const tenant = resolveTenant('acme', {
    ...emptyMap(),
    tenants: new Map([['acme', entry]]),
  });
  if (!tenant.valid) {
    throw new Error(tenant.message);
  }
  return tenant;
}

function requestOf(entry: Record<string, unknown>) {
  const tenant = tenantOf(entry);
  const credential = tenant.credential.kind === 'none' ? null : tenant.credential.value;
  return tokenRequest(tenant, { grant: tenant.grant, credential }, UUID);
}

const client = { client_id: 'id', client_secret: 'se|cret' };

describe(tokenRequest.name, () => {
  it('refreshes at Amazon Ads by form, in the region of the tenant', () => {
    const request = requestOf({
      provider: 'amazon-ads',
      ...client,
      refresh_token: 'Atzr|rt',
      region: 'eu',
    });
    expect(request).toEqual({
      method: 'POST',
      url: 'https://api.amazon.co.uk/auth/o2/token',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      },
      body: 'grant_type=refresh_token&refresh_token=Atzr%7Crt&client_id=id&client_secret=se%7Ccret',
    });
  });

  it('exchanges a code at Amazon Ads with its verifier, if it has one', () => {
    const entry = {
      provider: 'amazon-ads',
      ...client,
      authorization_code: 'code',
      redirect_uri: 'https://a.example/cb',
    };
    const withVerifier = Object.fromEntries(
      new URLSearchParams(requestOf({ ...entry, code_verifier: 'v' }).body),
    );
    const sent = {
      grant_type: 'authorization_code',
      code: 'code',
      redirect_uri: 'https://a.example/cb',
      ...client,
    };
    expect(withVerifier).toEqual({ ...sent, code_verifier: 'v' });
    expect(Object.fromEntries(new URLSearchParams(requestOf(entry).body))).toEqual(sent);
  });

  it('refreshes at Instacart Ads by JSON, with redirect_uri only where the tenant has one', () => {
    const entry = { provider: 'instacart-ads', ...client, refresh_token: 'rt' };
    const request = requestOf(entry);
    expect(request).toMatchObject({
      url: 'https://api.ads.instacart.com/oauth/token',
      headers: { 'content-type': 'application/json' },
    });
    expect(JSON.parse(request.body ?? '')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt',
      ...client,
    });
    expect(
      JSON.parse(requestOf({ ...entry, redirect_uri: 'https://r' }).body ?? ''),
    ).toHaveProperty('redirect_uri', 'https://r');
  });

  it('asserts a user at Instacart Connect in Base64 of JSON, scopes joined by commas', () => {
    const request = requestOf({
      provider: 'instacart-connect',
      ...client,
      user_id: 'kamal"singh',
      scope: 'connect:recommendations connect:post_checkout',
      environment: 'development',
    });
    expect(request.url).toBe('https://connect.dev.instacart.tools/v2/oauth/token');
    const body = JSON.parse(request.body ?? '');
    expect(body).toMatchObject({
      grant_type: 'fulfillment_user_assertion',
      scope: 'connect:recommendations,connect:post_checkout',
      ...client,
    });
    expect(JSON.parse(Buffer.from(body.assertion, 'base64').toString())).toEqual({
      user_id: 'kamal"singh',
    });
  });

  it('asks Instacart Connect as the client itself where there is no user', () => {
    const body = JSON.parse(requestOf({ provider: 'instacart-connect', ...client }).body ?? '');
    expect(body).toEqual({ grant_type: 'client_credentials', ...client });
  });

  const server = { provider: 'oauth2', token_url: 'https://as.example/token?v=1', ...client };

  it('authenticates to a standard server by header where the tenant says basic', () => {
    const request = requestOf({
      ...server,
      client_auth: 'basic',
      refresh_token: 'rt',
      scope: 'a b',
      audience: 'api',
    });
    expect(request.url).toBe('https://as.example/token?v=1');
    expect(request.headers.authorization).toBe(
      `Basic ${Buffer.from('id:se%7Ccret').toString('base64')}`,
    );
    expect(request.body).toBe('grant_type=refresh_token&refresh_token=rt&audience=api');
  });

  it('sends a standard server JSON if the tenant says so, and no secret if it has none', () => {
    const { client_secret: _, ...open } = server;
    expect(
      JSON.parse(requestOf({ ...open, body: 'json', refresh_token: 'rt' }).body ?? ''),
    ).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt',
      client_id: 'id',
    });
  });

  it('can send a refresh token that is beside a code', () => {
    const tenant = tenantOf({
      ...server,
      authorization_code: 'c',
      redirect_uri: 'https://r',
      refresh_token: 'old',
    });
    expect(
      tokenRequest(tenant, { grant: 'refresh_token', credential: tenant.refresh_token }, UUID).body,
    ).toContain('refresh_token=old');
  });

  it('throws without the credential that the grant sends, naming the tenant and no value', () => {
    const tenant = tenantOf({ ...server, refresh_token: 'canary' });
    expect(() => tokenRequest(tenant, { grant: 'refresh_token', credential: null }, UUID)).toThrow(
      /^Tenant acme lacks/,
    );
    expect(() =>
      tokenRequest(tenant, { grant: 'fulfillment_user_assertion', credential: null }, UUID),
    ).toThrow(/^Tenant acme/);
  });

  it('brings any credential through a form or a JSON body unchanged', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter(isCredential),
        fc.constantFrom('form', 'json'),
        (value, body) => {
          const sent =
            requestOf({ ...server, client_secret: value, refresh_token: value, body }).body ?? '';
          const read =
            body === 'form' ? Object.fromEntries(new URLSearchParams(sent)) : JSON.parse(sent);
          expect([read.refresh_token, read.client_secret]).toEqual([value, value]);
        },
      ),
    );
  });
});

function isCredential(text: string): boolean {
  return credentialFault(text) === null;
}

describe(basicCredentials.name, () => {
  it('form-encodes both parts, so they can be taken apart (RFC 6749 section 2.3.1)', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (id, secret) => {
        const parts = Buffer.from(basicCredentials(id, secret), 'base64')
          .toString('latin1')
          .split(':');
        expect(parts.map((part) => new URLSearchParams(`x=${part}`).get('x'))).toEqual([
          id,
          secret,
        ]);
      }),
    );
  });

  it('writes spaces, colons and percent signs as forms do', () => {
    expect(Buffer.from(basicCredentials('a b:c', '100%'), 'base64').toString()).toBe(
      'a+b%3Ac:100%25',
    );
  });
});
