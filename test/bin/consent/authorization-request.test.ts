import { describe, expect, it } from 'vitest';
import { authorizationRequest, challengeOf } from '../../../bin/consent/authorization-request.ts';
import { toConnected } from '../../../bin/consent/connect-tenant.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';

const REDIRECT = 'https://app.example/callback';

function requestOf(entry: object) {
  const map = parseVaultMap(
    JSON.stringify({
      version: 1,
      tenants: { acme: { client_id: 'c', client_secret: 'CANARY', ...entry } },
    }),
  );
  return authorizationRequest(
    toConnected({ name: 'acme', shard: 'default', map, redirectUri: undefined }, REDIRECT),
    REDIRECT,
  );
}

describe(authorizationRequest.name, () => {
  it.each([
    ['na', 'https://www.amazon.com/ap/oa'],
    ['eu', 'https://eu.account.amazon.com/ap/oa'],
    ['fe', 'https://apac.account.amazon.com/ap/oa'],
  ])('asks Amazon’s page of region %s', (region, page) => {
    const { url, state, codeVerifier } = requestOf({ provider: 'amazon-ads', region });
    const asked = new URL(url);
    expect(asked.origin + asked.pathname).toBe(page);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'c',
      redirect_uri: REDIRECT,
      scope: 'advertising::campaign_management',
      state,
      code_challenge: challengeOf(codeVerifier ?? ''),
      code_challenge_method: 'S256',
    });
  });

  it('sends the parameters of the platform, and the scope of the entry', () => {
    const asked = new URL(requestOf({ provider: 'google-ads', scope: 'one  two' }).url)
      .searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      access_type: 'offline',
      prompt: 'consent',
      scope: 'one two',
    });
  });

  it('keeps the query of the consent page, and sends a challenge only where it is taken', () => {
    const { url, codeVerifier } = requestOf({
      provider: 'instacart-ads',
      authorize_url: 'https://page.example/authorize?locale=en',
    });
    expect(codeVerifier).toBeNull();
    expect(new URL(url).searchParams.get('locale')).toBe('en');
    expect(url).not.toContain('code_challenge');
  });

  it('is never the same twice, and holds no secret', () => {
    const [one, two] = [
      requestOf({ provider: 'amazon-ads' }),
      requestOf({ provider: 'amazon-ads' }),
    ];
    expect(one.state).not.toBe(two.state);
    expect(one.codeVerifier).not.toBe(two.codeVerifier);
    for (const { url, codeVerifier } of [one, two]) {
      expect(url).not.toContain('CANARY');
      expect(url).not.toContain(codeVerifier);
    }
  });

  it.each([
    [
      'no page is known',
      { provider: 'instacart-ads' },
      /authorize_url .* tokens connect acme --code-stdin/,
    ],
    [
      'the page is not secure',
      { provider: 'instacart-ads', authorize_url: 'http://page.example/' },
      /must be an https URL/,
    ],
    [
      'the page is no page',
      { provider: 'instacart-ads', authorize_url: 'javascript:alert(1)' },
      /must be an https URL/,
    ],
    ['the region is unknown', { provider: 'amazon-ads', region: 'mars' }, /region/],
    [
      'the client secret is missing',
      { provider: 'amazon-ads', client_secret: null },
      /client_secret: it is missing/,
    ],
  ])('says so where %s', (_what, entry, message) => {
    expect(() => requestOf(entry)).toThrow(message);
  });

  it('expects the issuer that the entry names, and else one at the origin of the page', () => {
    expect(requestOf({ provider: 'google-ads' }).issuer).toEqual({
      kind: 'origin',
      value: 'https://accounts.google.com',
      required: false,
    });
    expect(requestOf({ provider: 'google-ads', issuer: 'https://i.example' }).issuer).toEqual({
      kind: 'exact',
      value: 'https://i.example',
      required: false,
    });
  });
});

describe(challengeOf.name, () => {
  it('is that of RFC 7636, appendix B', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });
});
