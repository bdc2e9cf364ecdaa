import {
  CLIENT_CREDENTIALS_GRANT,
  CODE_AND_REFRESH,
  days,
  define,
  REFRESH_GRANT,
  STANDARD_RESPONSE,
} from './standard.ts';

/**
 * Walmart Marketplace (developer.walmart.com, 2026-06): each request carries a fresh id, and those
 * for a seller that gave its consent the seller's id, which the redirect tells. Access tokens live
 * 900 s, refresh tokens 365 days. `grant: client_credentials` asks for the client's own seller.
 */
const walmartMarketplace = define({
  id: 'walmart-marketplace',
  title: 'Walmart Marketplace',
  token_url: 'https://marketplace.walmartapis.com/v3/token',
  client_auth: 'basic',
  request_headers: {
    'WM_SVC.NAME': 'Walmart Marketplace',
    'WM_QOS.CORRELATION_ID': '{uuid}',
    'WM_PARTNER.ID?': '{partner_id}',
    'WM_MARKET?': '{market}',
  },
  grants: { ...CODE_AND_REFRESH, client_credentials: { params: {}, needs: ['client_secret'] } },
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: 900,
    refresh_expires: [{ after_s: days(365), slides: false }],
  },
  consumer_headers: {
    'WM_SEC.ACCESS_TOKEN': '{access_token}',
    'WM_SVC.NAME': 'Walmart Marketplace',
    'WM_QOS.CORRELATION_ID': '{uuid}',
    WM_MARKET: '{market}',
  },
  consumer_authorization: 'none',
  authorize: {
    url: 'https://login.account.wal-mart.com/authorize',
    params: { clientType: 'seller', nonce: '{uuid}' },
    names: {
      response_type: 'responseType',
      client_id: 'clientId',
      redirect_uri: 'redirectUri',
      scope: null,
    },
    keep: { sellerId: { field: 'partner_id', pattern: '[0-9]{1,20}' } },
    code_lifetime_s: 300,
  },
  rotates: 'never',
  register_url: 'https://developer.walmart.com/us-marketplace/docs/app-store-onboarding',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/**
 * eBay (developer.ebay.com). `redirect_uri` is the RuName of the app. Access tokens live 2 hours,
 * refresh tokens 18 months from the consent; a refresh answers without one. It calls its tokens
 * "User Access Token" and "Application Access Token".
 */
const ebay = define({
  id: 'ebay',
  title: 'eBay',
  token_url: {
    by: 'environment',
    default: 'production',
    urls: {
      production: 'https://api.ebay.com/identity/v1/oauth2/token',
      sandbox: 'https://api.sandbox.ebay.com/identity/v1/oauth2/token',
    },
  },
  client_auth: 'basic',
  grants: {
    ...CODE_AND_REFRESH,
    client_credentials: { params: { scope: '{scope}' }, needs: ['client_secret'] },
  },
  response: {
    ...STANDARD_RESPONSE,
    token_types: ['user access token', 'application access token'],
    default_expires_in_s: 7200,
    refresh_expires: [
      {
        path: 'refresh_token_expires_in',
        after_s: 47_304_000,
        slides: false,
      },
    ],
  },
  max_token_bytes: 4096,
  authorize: {
    url: {
      by: 'environment',
      default: 'production',
      urls: {
        production: 'https://auth.ebay.com/oauth2/authorize',
        sandbox: 'https://auth.sandbox.ebay.com/oauth2/authorize',
      },
    },
    params: { prompt: 'login' },
    default_scope: 'https://api.ebay.com/oauth/api_scope',
    code_lifetime_s: 300,
  },
  rotates: 'never',
  register_url: 'https://developer.ebay.com/api-docs/static/oauth-redirect-uri.html',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/**
 * Etsy (developers.etsy.com). The client names itself by `client_id` alone, and PKCE is required.
 * Access tokens live an hour, refresh tokens 90 days, and each refresh brings a new one. Callers
 * send `api_key`, which is the keystring, a colon and the shared secret.
 */
const etsy = define({
  id: 'etsy',
  title: 'Etsy',
  token_url: 'https://api.etsy.com/v3/public/oauth/token',
  client_auth: 'none',
  grants: {
    authorization_code: {
      params: {
        client_id: '{client_id}',
        code: '{credential}',
        redirect_uri: '{redirect_uri}',
        code_verifier: '{code_verifier}',
      },
    },
    refresh_token: { params: { client_id: '{client_id}', refresh_token: '{credential}' } },
  },
  response: { ...STANDARD_RESPONSE, refresh_expires: [{ after_s: days(90), slides: true }] },
  consumer_headers: { 'x-api-key': '{api_key}' },
  authorize: {
    url: 'https://www.etsy.com/oauth/connect',
    default_scope: 'shops_r listings_r transactions_r',
    pkce: 'S256',
    code_lifetime_s: 300,
  },
  rotates: 'always',
  register_url: 'https://developers.etsy.com/documentation/essentials/authentication',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/**
 * Shopify (shopify.dev: offline access tokens, changelogs of Dec 2025 and Aug 2026). With
 * `expiring` a token lives an hour and its refresh token 90 days; each refresh brings a new one,
 * and the used one works until the new one is used, at most 30 days. Replies name no token_type. A
 * client of one's own stores may ask with `grant: client_credentials`.
 */
const shopify = define({
  id: 'shopify',
  title: 'Shopify',
  token_url: 'https://{shop}.myshopify.com/admin/oauth/access_token',
  variables: { shop: '[a-z0-9][a-z0-9-]{0,62}' },
  required_fields: ['client_secret', 'shop'],
  grants: {
    authorization_code: { params: { code: '{credential}', expiring: '1' } },
    refresh_token: REFRESH_GRANT,
    client_credentials: CLIENT_CREDENTIALS_GRANT,
  },
  scope_separator: ',',
  response: {
    ...STANDARD_RESPONSE,
    token_type: null,
    refresh_expires: [
      {
        path: 'refresh_token_expires_in',
        after_s: days(90),
        slides: true,
      },
    ],
  },
  consumer_headers: { 'X-Shopify-Access-Token': '{access_token}' },
  consumer_authorization: 'none',
  authorize: {
    url: 'https://{shop}.myshopify.com/admin/oauth/authorize',
    keep: { shop: { field: 'shop', pattern: '([a-z0-9][a-z0-9-]{0,62})\\.myshopify\\.com' } },
    code_lifetime_s: 60,
  },
  rotates: 'always',
  resend_within_s: days(30),
  register_url: 'https://shopify.dev/docs/apps/build/authentication-authorization',
  unconfirmed: ['authorize.code_lifetime_s'],
});

export const marketplaces = [walmartMarketplace, ebay, etsy, shopify];
