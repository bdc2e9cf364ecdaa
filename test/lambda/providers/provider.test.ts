import { describe, expect, it } from 'vitest';
import { toArchivedExchange } from '../../../lambda/exchange/to-archived-exchange.ts';
import { tokenRequest } from '../../../lambda/exchange/token-request.ts';
import {
  issuedCredential,
  type Judgement,
  judge,
} from '../../../lambda/exchange/token-response.ts';
import { consumerHeaders } from '../../../lambda/map/consumer-headers.ts';
import { mergeWithApp } from '../../../lambda/map/merged-entry.ts';
import type { Tenant } from '../../../lambda/map/tenant.ts';
import { toTenant } from '../../../lambda/map/tenant-entry.ts';
import { emptyMap } from '../../../lambda/map/vault-map.ts';
import type { HttpRequest } from '../../../lambda/ports.ts';
import type { ProviderDefinition } from '../../../lambda/providers/provider.ts';
import {
  CLIENT_CREDENTIALS_GRANT,
  CODE_GRANT,
  REFRESH_GRANT,
  STANDARD_RESPONSE,
} from '../../../lambda/providers/standard.ts';

/** Platforms that the product does not ship, to show that a definition is enough for them. */
const base = {
  client_auth: 'post',
  body: 'form',
  grants: { authorization_code: CODE_GRANT, refresh_token: REFRESH_GRANT },
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 0,
  max_token_bytes: 2048,
} satisfies Omit<ProviderDefinition, 'id' | 'title' | 'token_url'>;

const SENT_AT_MS = Date.parse('2026-11-22T02:00:00Z');

interface Exchanged {
  tenant: Tenant;
  request: HttpRequest;
  judgement: Judgement;
  issued: string | null;
}

/** One exchange of an entry under a definition, answered with `reply`. */
function exchanged(
  definition: ProviderDefinition,
  entry: Record<string, unknown>,
  reply: unknown,
  status = 200,
): Exchanged {
  const map = {
    ...emptyMap(),
    tenants: new Map([['acme', { client_id: 'id', client_secret: 'cs', ...entry }]]),
  };
  const tenant = toTenant(mergeWithApp('acme', map), definition);
  const credential = tenant.credential.kind === 'none' ? null : tenant.credential.value;
  const request = tokenRequest(
    tenant,
    { grant: tenant.grant, credential },
    { uuid: 'a-fresh-uuid', nowMs: 0 },
  );
  const answer = { status, headers: {}, body: Buffer.from(JSON.stringify(reply)) };
  const identity = {
    tenant: 'acme',
    shard: 'default',
    provider: definition.id,
    app: null,
    run_id: 'r',
    turn: 1,
    attempt: 1,
    spent: null,
  };
  const facts = {
    ...identity,
    grant_type: tenant.grant,
    sentAtMs: SENT_AT_MS,
    receivedAtMs: SENT_AT_MS,
  };
  const exchange = toArchivedExchange(facts, request, answer);
  return {
    tenant,
    request,
    judgement: judge(exchange, definition),
    issued: issuedCredential(exchange, definition),
  };
}

const form = (request: HttpRequest) => Object.fromEntries(new URLSearchParams(request.body));

describe('a definition alone', () => {
  it('exchanges the access token itself by GET and query (Meta)', () => {
    const meta: ProviderDefinition = {
      ...base,
      id: 'meta',
      title: 'Meta',
      token_url: 'https://graph.facebook.com/v23.0/oauth/access_token',
      body: 'query',
      grants: {
        authorization_code: {
          grant_type: null,
          params: { code: '{credential}', redirect_uri: '{redirect_uri}' },
        },
        refresh_token: {
          grant_type: 'fb_exchange_token',
          params: { fb_exchange_token: '{credential}' },
        },
      },
      response: {
        ...STANDARD_RESPONSE,
        refresh_token: 'access_token',
        default_expires_in_s: 5_184_000,
      },
      errors: { code_path: 'error.code', codes: { 190: 'invalid_grant', 4: 'throttled' } },
    };
    const { request, judgement, issued } = exchanged(
      meta,
      { refresh_token: 'old' },
      { access_token: 'new', token_type: 'bearer' },
    );
    expect(request).toMatchObject({ method: 'GET', body: undefined });
    const url = new URL(request.url);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      grant_type: 'fb_exchange_token',
      fb_exchange_token: 'old',
      client_id: 'id',
      client_secret: 'cs',
    });
    expect(judgement).toMatchObject({
      kind: 'issued',
      access_token: 'new',
      refresh_token: 'new',
      expires_at: '2027-01-21T02:00:00.000Z',
    });
    expect(issued).toBe('new');

    const first = exchanged(
      meta,
      { authorization_code: 'c', redirect_uri: 'https://r' },
      {},
    ).request;
    expect(new URL(first.url).searchParams.has('grant_type')).toBe(false);
    const dead = exchanged(
      meta,
      { refresh_token: 'old' },
      { error: { code: 190, message: 'x' } },
      400,
    ).judgement;
    expect(dead).toMatchObject({ code: 'needs_authorization', oauth_error: '190' });
  });

  it("speaks a platform's own field names and envelope (TikTok Business)", () => {
    const tiktok: ProviderDefinition = {
      ...base,
      id: 'tiktok-business',
      title: 'TikTok Business',
      token_url: 'https://business-api.tiktok.com/open_api/v1.3/oauth2/access_token/',
      client_names: { client_id: 'app_id', client_secret: 'secret' },
      body: 'json',
      grants: { authorization_code: { grant_type: null, params: { auth_code: '{credential}' } } },
      response: {
        ...STANDARD_RESPONSE,
        ok_when: { path: 'code', equals: 0 },
        access_token: 'data.access_token',
        refresh_token: null,
        token_type: null,
        default_expires_in_s: 31_536_000,
      },
      errors: { code_path: 'code', codes: { 40100: 'throttled' } },
      consumer_headers: { 'Access-Token': '{access_token}' },
    };
    const { tenant, request, judgement } = exchanged(
      tiktok,
      { authorization_code: 'c' },
      { code: 0, data: { access_token: 'at' } },
    );
    expect(JSON.parse(request.body ?? '')).toEqual({ auth_code: 'c', app_id: 'id', secret: 'cs' });
    expect(judgement).toMatchObject({
      kind: 'issued',
      access_token: 'at',
      expires_at: '2027-11-22T02:00:00.000Z',
    });
    expect(consumerHeaders(tenant, 'at')).toEqual({ 'Access-Token': 'at' });
    expect(exchanged(tiktok, { authorization_code: 'c' }, { code: 40100 }).judgement).toMatchObject(
      { code: 'throttled' },
    );
  });

  it('reads a lifetime that is an instant (TikTok merchant)', () => {
    const merchant: ProviderDefinition = {
      ...base,
      id: 'tiktok-merchant',
      title: 'TikTok merchant',
      token_url: 'https://open.tiktokapis.com/merchant/oauth/token/',
      client_names: { client_id: 'client_key', client_secret: 'client_secret' },
      response: { ...STANDARD_RESPONSE, expires: { path: 'expires_in', kind: 'epoch_seconds' } },
    };
    const { request, judgement } = exchanged(
      merchant,
      { refresh_token: 'rt' },
      { access_token: 'at', expires_in: 1_795_327_200, refresh_token: 'r2' },
    );
    expect(form(request)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt',
      client_key: 'id',
      client_secret: 'cs',
    });
    expect(judgement).toMatchObject({
      expires_at: '2026-11-22T06:00:00.000Z',
      refresh_token: 'r2',
    });
  });

  it('puts a fresh UUID and a field into request headers, beside Basic (Walmart)', () => {
    const walmart: ProviderDefinition = {
      ...base,
      id: 'walmart',
      title: 'Walmart Marketplace',
      token_url: 'https://marketplace.walmartapis.com/v3/token',
      client_auth: 'basic',
      request_headers: { 'WM_SVC.NAME': '{service_name}', 'WM_QOS.CORRELATION_ID': '{uuid}' },
      defaults: { service_name: 'Walmart Marketplace' },
      consumer_headers: {
        'WM_SEC.ACCESS_TOKEN': '{access_token}',
        'WM_SVC.NAME': '{service_name}',
        'WM_PARTNER.ID': '{partner_id}',
      },
      response: { ...STANDARD_RESPONSE, default_expires_in_s: 900 },
    };
    const { tenant, request } = exchanged(
      walmart,
      { refresh_token: 'rt' },
      { access_token: 'at', expires_in: 900 },
    );
    expect(request.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('id:cs').toString('base64')}`,
      'WM_SVC.NAME': 'Walmart Marketplace',
      'WM_QOS.CORRELATION_ID': 'a-fresh-uuid',
    });
    expect(form(request)).toEqual({ grant_type: 'refresh_token', refresh_token: 'rt' });
    expect(consumerHeaders(tenant, 'at')).toEqual({
      'WM_SEC.ACCESS_TOKEN': 'at',
      'WM_SVC.NAME': 'Walmart Marketplace',
    });
  });

  const shopify: ProviderDefinition = {
    ...base,
    id: 'shopify',
    title: 'Shopify',
    token_url: 'https://{shop}.myshopify.com/admin/oauth/access_token',
    variables: { shop: '[a-z0-9][a-z0-9-]*' },
    grants: {
      authorization_code: { params: { code: '{credential}', expiring: '1' } },
      refresh_token: REFRESH_GRANT,
    },
    consumer_headers: { 'X-Shopify-Access-Token': '{access_token}' },
  };

  it('makes the host of a checked field (Shopify)', () => {
    const { request } = exchanged(shopify, { shop: 'my-shop', authorization_code: 'c' }, {});
    expect(request.url).toBe('https://my-shop.myshopify.com/admin/oauth/access_token');
    expect(form(request)).toMatchObject({ grant_type: 'authorization_code', expiring: '1' });
  });

  it.each(['evil.example/', 'a.b', 'x@y', '', 'a\nb', 'my-shop\n', '../x'])(
    'refuses the host %j',
    (shop) => {
      expect(() => exchanged(shopify, { shop, refresh_token: 'rt' }, {})).toThrow();
    },
  );

  it('refuses a host whose field has no pattern', () => {
    const { variables: _, ...open } = shopify;
    expect(() => exchanged(open, { shop: 'my-shop', refresh_token: 'rt' }, {})).toThrow();
  });

  it('logs in with a name and a password under their own names (The Trade Desk)', () => {
    const tradeDesk: ProviderDefinition = {
      ...base,
      id: 'trade-desk',
      title: 'The Trade Desk',
      token_url: 'https://api.thetradedesk.com/v3/authentication',
      client_names: { client_id: 'Login', client_secret: 'Password' },
      body: 'json',
      grants: { client_credentials: { grant_type: null, params: {} } },
      default_grant: 'client_credentials' as const,
      response: {
        ...STANDARD_RESPONSE,
        access_token: 'Token',
        refresh_token: null,
        token_type: null,
        default_expires_in_s: 86_400,
      },
      consumer_headers: { 'TTD-Auth': '{access_token}' },
    };
    const { request, judgement } = exchanged(tradeDesk, {}, { Token: 'at' });
    expect(JSON.parse(request.body ?? '')).toEqual({ Login: 'id', Password: 'cs' });
    expect(judgement).toMatchObject({ access_token: 'at', expires_at: '2026-11-23T02:00:00.000Z' });
  });

  it('spaces the requests of a client that may ask 100 times an hour (Uber)', () => {
    const uber: ProviderDefinition = {
      ...base,
      id: 'uber',
      title: 'Uber Direct',
      token_url: 'https://auth.uber.com/oauth/v2/token',
      grants: { client_credentials: CLIENT_CREDENTIALS_GRANT },
      default_grant: 'client_credentials' as const,
      max_concurrency: 1,
      min_interval_ms: 36_000,
    };
    const { tenant, request } = exchanged(uber, { scope: 'eats.deliveries' }, {});
    expect(tenant).toMatchObject({ max_concurrency: 1, min_interval_ms: 36_000 });
    expect(form(request)).toMatchObject({
      grant_type: 'client_credentials',
      scope: 'eats.deliveries',
    });
  });

  it('chooses a sandbox by a field of its own (eBay)', () => {
    const urls = {
      production: 'https://api.ebay.com/identity/v1/oauth2/token',
      sandbox: 'https://api.sandbox.ebay.com/identity/v1/oauth2/token',
    };
    const ebay: ProviderDefinition = {
      ...base,
      id: 'ebay',
      title: 'eBay',
      token_url: { by: 'environment', default: 'production', urls },
      client_auth: 'basic',
    };
    expect(exchanged(ebay, { refresh_token: 'rt', environment: 'sandbox' }, {}).request.url).toBe(
      urls.sandbox,
    );
    expect(exchanged(ebay, { refresh_token: 'rt' }, {}).request.url).toBe(urls.production);
  });
});
