import {
  CLIENT_CREDENTIALS_GRANT,
  CODE_AND_REFRESH,
  CODE_GRANT,
  days,
  define,
  ownTokenResponse,
  SIGNED_BY_CALLERS,
  STANDARD_RESPONSE,
} from './standard.ts';

/**
 * Login with Amazon (developer.amazon.com: access token, refresh token, authorization code grant):
 * form bodies, three hosts, tokens of 2048 bytes at most. Without `client_secret` it returns no
 * refresh token. A refresh answers with a refresh token, so far always the same one.
 */
const LOGIN_WITH_AMAZON = {
  token_url: {
    by: 'region',
    default: 'na',
    urls: {
      na: 'https://api.amazon.com/auth/o2/token',
      eu: 'https://api.amazon.co.uk/auth/o2/token',
      fe: 'https://api.amazon.co.jp/auth/o2/token',
    },
  },
  required_fields: ['client_secret'],
  rotates: 'sometimes' as const,
};

/**
 * The consent pages and headers are those of github.com/amzn/ads-advanced-tools-docs. A person is
 * told from another by the profiles (advertising.amazon.com/API/docs, profiles): a consent that
 * shares none with the one before came from somebody else.
 */
const amazonAds = define({
  ...LOGIN_WITH_AMAZON,
  id: 'amazon-ads',
  title: 'Amazon Ads',
  consumer_headers: {
    'Amazon-Advertising-API-ClientId': '{client_id}',
    'Amazon-Advertising-API-Scope': '{profile_id}',
  },
  max_concurrency: 5,
  min_interval_ms: 50,
  authorize: {
    url: {
      by: 'region',
      default: 'na',
      urls: {
        na: 'https://www.amazon.com/ap/oa',
        eu: 'https://eu.account.amazon.com/ap/oa',
        fe: 'https://apac.account.amazon.com/ap/oa',
      },
    },
    default_scope: 'advertising::campaign_management',
    pkce: 'S256',
    code_lifetime_s: 300,
  },
  account: {
    url: {
      by: 'region',
      default: 'na',
      urls: {
        na: 'https://advertising-api.amazon.com/v2/profiles',
        eu: 'https://advertising-api-eu.amazon.com/v2/profiles',
        fe: 'https://advertising-api-fe.amazon.com/v2/profiles',
      },
    },
    headers: {
      authorization: 'Bearer {access_token}',
      'Amazon-Advertising-API-ClientId': '{client_id}',
    },
    path: '*.profileId',
  },
  register_url: 'https://advertising.amazon.com/API/docs/en-us/guides/onboarding/overview',
});

/**
 * Amazon Selling Partner API (developer-docs.amazon.com/sp-api). The consent page takes the
 * application's id in place of client_id and scope. Grants for no seller name a scope. A client
 * secret lives 180 days.
 */
const amazonSpApi = define({
  ...LOGIN_WITH_AMAZON,
  id: 'amazon-sp-api',
  title: 'Amazon Selling Partner API',
  token_url: 'https://api.amazon.com/auth/o2/token',
  grants: {
    ...CODE_AND_REFRESH,
    client_credentials: { params: { scope: '{scope}' }, needs: ['client_secret'] },
  },
  response: { ...STANDARD_RESPONSE, refresh_expires: [{ after_s: days(365), slides: false }] },
  consumer_headers: { 'x-amz-access-token': '{access_token}' },
  consumer_authorization: 'none',
  authorize: {
    url: {
      by: 'region',
      default: 'na',
      urls: {
        na: 'https://sellercentral.amazon.com/apps/authorize/consent',
        eu: 'https://sellercentral-europe.amazon.com/apps/authorize/consent',
        fe: 'https://sellercentral.amazon.co.jp/apps/authorize/consent',
      },
    },
    params: { application_id: '{application_id}', 'version?': '{version}' },
    names: { response_type: null, client_id: null, scope: null },
    code_param: 'spapi_oauth_code',
    keep: { selling_partner_id: { field: 'selling_partner_id', pattern: '[A-Z0-9]{5,32}' } },
    code_lifetime_s: 300,
  },
  lives: { client_secret_s: days(180) },
  register_url: 'https://developer-docs.amazon.com/sp-api/docs/registering-your-application',
  unconfirmed: ['response.refresh_expires', 'authorize.url'],
});

/**
 * Instacart Ads. The provider's own reference is not public: the endpoint, the JSON body and the
 * fields are those of public clients (pr-mazava/instacart_token_refresh,
 * Ryan-dayone/instacart-api). It is not known that refresh tokens rotate, so whatever comes is
 * kept. Some clients repeat `redirect_uri` when they refresh. The consent page is not established:
 * the operator names it in `authorize_url`.
 */
const instacartAds = define({
  id: 'instacart-ads',
  title: 'Instacart Ads',
  token_url: 'https://api.ads.instacart.com/oauth/token',
  body: 'json',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: CODE_GRANT,
    refresh_token: { params: { refresh_token: '{credential}', 'redirect_uri?': '{redirect_uri}' } },
  },
  max_token_bytes: 1024,
  authorize: {
    url: null,
    code_lifetime_s: 300,
  },
  unconfirmed: ['token_url', 'authorize'],
});

/**
 * Instacart Connect (docs.instacart.com, Connect: access tokens, credential rotation). No refresh
 * tokens: a token of 24 hours is renewed by asking again, with the same assertion (base64 of a JSON
 * object with the one key `user_id`) or as the client itself. Scopes go together only when they
 * share a grant, joined by commas; without a scope every permitted one is granted. Credentials in
 * the query are refused with 403. Client credentials are exchanged about every 6 months.
 */
const instacartConnect = define({
  id: 'instacart-connect',
  title: 'Instacart Connect',
  token_url: {
    by: 'environment',
    default: 'production',
    urls: {
      production: 'https://connect.instacart.com/v2/oauth/token',
      development: 'https://connect.dev.instacart.tools/v2/oauth/token',
    },
  },
  body: 'json',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: { params: { ...CODE_GRANT.params, 'scope?': '{scope}' } },
    fulfillment_user_assertion: {
      params: { assertion: '{user_id|json_base64}', 'scope?': '{scope}' },
    },
    client_credentials: { params: { 'scope?': '{scope}' } },
  },
  default_grant: ['fulfillment_user_assertion', 'client_credentials'],
  scope_separator: ',',
  response: ownTokenResponse(86_400),
  errors: { codes: { query_params_forbidden: 'invalid_client' } },
  max_token_bytes: 1024,
  authorize: {
    url: null,
    default_scope: 'account_linking',
    pkce: 'S256',
  },
  lives: { client_secret_s: days(180) },
  register_url: 'https://docs.instacart.com/connect/',
});

/**
 * Criteo (developers.criteo.com, authentication): one endpoint for retail media and marketing
 * solutions. Tokens live 900 s, and several live at once. An agency that acts for advertisers uses
 * the code grant; an app that is set to PKCE refuses codes without it.
 */
const criteo = define({
  id: 'criteo',
  title: 'Criteo Retail Media',
  token_url: 'https://api.criteo.com/oauth2/token',
  required_fields: ['client_secret'],
  grants: { ...CODE_AND_REFRESH, client_credentials: CLIENT_CREDENTIALS_GRANT },
  default_grant: 'client_credentials',
  response: { ...STANDARD_RESPONSE, default_expires_in_s: 900 },
  authorize: {
    url: 'https://consent.criteo.com/request',
  },
  register_url: 'https://developers.criteo.com/retail-media/docs/create-your-app',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/**
 * CitrusAd, now Epsilon Retail Media. The host is the team's own (`eu-ads.rmn.dotomi.com`), and the
 * account manager gives the credentials. Only the endpoints under /ads take these tokens.
 */
const citrusad = define({
  id: 'citrusad',
  title: 'CitrusAd (Epsilon Retail Media)',
  token_url: 'https://{host}/v1/oauth2/token',
  variables: { host: '[a-z0-9][a-z0-9.-]{0,100}\\.(?:dotomi|citrusad)\\.com' },
  client_auth: 'basic',
  grants: { client_credentials: { params: {}, needs: ['client_secret'] } },
  default_grant: 'client_credentials',
  response: ownTokenResponse(3600),
});

/** Kroger (developer.kroger.com). The pages of its marketing API are not public. */
const kroger = define({
  id: 'kroger',
  title: 'Kroger',
  token_url: 'https://api.kroger.com/v1/connect/oauth2/token',
  client_auth: 'basic',
  grants: {
    ...CODE_AND_REFRESH,
    client_credentials: { params: { scope: '{scope}' }, needs: ['client_secret'] },
  },
  response: { ...STANDARD_RESPONSE, default_expires_in_s: 1800 },
  authorize: {
    url: 'https://api.kroger.com/v1/connect/oauth2/authorize',
    pkce: 'S256',
  },
  register_url: 'https://developer.kroger.com/documentation/public/getting-started/apps',
  unconfirmed: ['response.default_expires_in_s', 'authorize.code_lifetime_s'],
});

/**
 * Uber (developer.uber.com): form bodies only. Its ads API takes tokens of a consent. Of a client's
 * own tokens 100 live at once, each 30 days, and 100 requests an hour are answered.
 */
const uber = define({
  id: 'uber',
  title: 'Uber',
  token_url: 'https://auth.uber.com/oauth/v2/token',
  required_fields: ['client_secret'],
  grants: {
    ...CODE_AND_REFRESH,
    client_credentials: { params: { scope: '{scope}' } },
  },
  response: { ...STANDARD_RESPONSE, default_expires_in_s: days(30) },
  max_concurrency: 1,
  min_interval_ms: 1000,
  authorize: {
    url: 'https://auth.uber.com/oauth/v2/authorize',
    default_scope: 'ads.campaigns.read ads.ad-accounts.read ads.products.read ads.reporting',
  },
  lives: { cap: { tokens: 'access_token', most: 100, of: 'client' } },
  register_url: 'https://developer.uber.com/docs/ads',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/**
 * DoorDash (developer.doordash.com). The client signs its own tokens of at most 30 minutes, and no
 * request is made for them. `client_id` is the developer id.
 */
const doordash = define({
  id: 'doordash',
  title: 'DoorDash',
  token_url: 'https://openapi.doordash.com/',
  client_auth: 'none',
  grants: {
    client_credentials: { params: {}, local: { access_token: '{jwt}', expires_in_s: 1740 } },
  },
  default_grant: 'client_credentials',
  signed: {
    jwt: {
      alg: 'HS256',
      key: 'signing_secret',
      key_encoding: 'base64url',
      lifetime_s: 1740,
      header: { 'dd-ver': 'DD-JWT-V1' },
      claims: { aud: 'doordash', iss: '{client_id}', kid: '{key_id}' },
    },
  },
  response: ownTokenResponse(1740),
  register_url: 'https://developer.doordash.com/portal/integration/drive_classic',
});

/**
 * Walmart Connect (developer.walmart.com, advertising-partners: request headers, 2026). Each
 * request is signed with the partner's RSA key. `client_id` is the consumer ID.
 */
const walmartConnect = define({
  ...SIGNED_BY_CALLERS,
  id: 'walmart-connect',
  title: 'Walmart Connect',
  token_url: 'https://developer.api.walmart.com/',
  required_fields: ['private_key', 'key_version', 'auth_token'],
  secret_fields: ['private_key', 'auth_token'],
  register_url: 'https://developer.walmart.com/advertising-partners/docs/api-credentials',
  unconfirmed: ['token_url'],
});

export const retailMedia = [
  amazonAds,
  instacartAds,
  instacartConnect,
  criteo,
  amazonSpApi,
  citrusad,
  kroger,
  uber,
  doordash,
  walmartConnect,
];
