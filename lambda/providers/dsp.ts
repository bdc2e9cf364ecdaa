import { CODE_AND_REFRESH, days, define, ownTokenResponse, STANDARD_RESPONSE } from './standard.ts';

/**
 * Says what a login with a name and a password has, no consent, and a token that is asked for
 * again.
 */
const LOGIN = { default_grant: 'client_credentials' as const, required_fields: ['client_secret'] };

/**
 * Apple Ads (developer.apple.com, Apple Ads OAuth). The client secret is a token that the client
 * signs with its own key (ES256) and that lives 180 days at most.
 */
const appleAds = define({
  id: 'apple-ads',
  title: 'Apple Ads',
  token_url: 'https://appleid.apple.com/auth/oauth2/token',
  client_auth: 'none',
  grants: {
    client_credentials: {
      params: {
        client_id: '{client_id}',
        client_secret: '{jwt}',
        scope: 'searchadsorg',
      },
    },
  },
  default_grant: 'client_credentials',
  signed: {
    jwt: {
      alg: 'ES256',
      key: 'private_key',
      lifetime_s: 86_400,
      header: { kid: '{key_id}' },
      claims: {
        sub: '{client_id}',
        aud: 'https://appleid.apple.com',
        iss: '{team_id}',
      },
    },
  },
  response: ownTokenResponse(3600),
  consumer_headers: { 'X-AP-Context': 'orgId={org_id}' },
  register_url:
    'https://developer.apple.com/documentation/apple_ads/implementing-oauth-for-the-apple-search-ads-api',
});

/**
 * Taboola. Tokens of 12 hours. A bad client is answered with 400 and XML, and a slash at the end of
 * the URL with 403.
 */
const taboola = define({
  ...LOGIN,
  id: 'taboola',
  title: 'Taboola',
  token_url: 'https://backstage.taboola.com/backstage/oauth/token',
  grants: { client_credentials: { params: {} } },
  response: ownTokenResponse(43_200),
  errors: { statuses: { 400: 'invalid_client' } },
  register_url: 'https://developers.taboola.com/backstage-api/reference/welcome',
});

/**
 * Outbrain (Teads). A login by HTTP Basic, its name and password as they are. A token lives 30
 * days, and a user may log in twice an hour.
 */
const outbrain = define({
  ...LOGIN,
  id: 'outbrain',
  title: 'Outbrain',
  token_url: 'https://api.outbrain.com/amplify/v0.1/login',
  client_auth: 'basic_raw',
  body: 'query',
  grants: { client_credentials: { grant_type: null, params: {} } },
  response: {
    ...ownTokenResponse(days(30)),
    access_token: 'OB-TOKEN-V1',
    token_type: null,
  },
  consumer_headers: { 'OB-TOKEN-V1': '{access_token}' },
  consumer_authorization: 'none',
  max_concurrency: 1,
  per_credential: { min_interval_s: 1800 },
  register_url: 'https://amplifyv01.docs.apiary.io/',
});

/**
 * AdRoll (NextRoll). 24 hours and a year. A refresh token dies at its first use. Callers send the
 * client's id in each query too.
 */
const adroll = define({
  id: 'adroll',
  title: 'AdRoll',
  token_url: 'https://services.adroll.com/auth/token',
  required_fields: ['client_secret'],
  grants: CODE_AND_REFRESH,
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: 86_400,
    refresh_expires: [{ after_s: days(365), slides: true }],
  },
  consumer_params: { apikey: '{client_id}' },
  authorize: {
    url: 'https://services.adroll.com/auth/authorize',
    default_scope: 'all',
  },
  rotates: 'always',
  resend_within_s: 0,
  register_url: 'https://developers.nextroll.com/docs/guides/getting-started/oauth',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/** The Trade Desk. A login, and a token of 24 hours at most that callers send as it is. */
const theTradeDesk = define({
  ...LOGIN,
  id: 'the-trade-desk',
  title: 'The Trade Desk',
  token_url: 'https://api.thetradedesk.com/v3/authentication',
  client_names: { client_id: 'Login', client_secret: 'Password' },
  body: 'json',
  grants: {
    client_credentials: { grant_type: null, params: { TokenExpirationInMinutes: 1440 } },
  },
  response: {
    ...ownTokenResponse(86_400),
    access_token: 'Token',
    token_type: null,
  },
  errors: { statuses: { 403: 'invalid_client' } },
  consumer_headers: { 'TTD-Auth': '{access_token}' },
  consumer_authorization: 'none',
  max_concurrency: 1,
});

/** Yahoo DSP. The client signs an assertion with its secret (HS256). */
const yahooDsp = define({
  ...LOGIN,
  id: 'yahoo-dsp',
  title: 'Yahoo DSP',
  token_url: 'https://id.b2b.yahooinc.com/identity/oauth2/access_token',
  client_auth: 'none',
  grants: {
    client_credentials: {
      params: {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: '{jwt}',
        scope: 'dsp-api-access',
        realm: '{realm}',
      },
    },
  },
  defaults: { realm: 'dsp' },
  signed: {
    jwt: {
      alg: 'HS256',
      key: 'client_secret',
      lifetime_s: 600,
      claims: {
        iss: '{client_id}',
        sub: '{client_id}',
        aud: '{token_url}?realm={realm}',
        jti: '{uuid}',
      },
    },
  },
  response: ownTokenResponse(3600),
  consumer_headers: { 'X-Auth-Method': 'Oauth2', 'X-Auth-Token': '{access_token}' },
  consumer_authorization: 'none',
  register_url: 'https://developer.yahooinc.com/dsp/api/docs/authentication',
});

/**
 * Xandr (learn.microsoft.com/xandr, authentication service). A login in a nested object. A token
 * dies after 2 hours without use, and 10 logins in 5 minutes are answered.
 */
const xandr = define({
  ...LOGIN,
  id: 'xandr',
  title: 'Xandr',
  token_url: 'https://api.appnexus.com/auth',
  client_auth: 'none',
  body: 'json',
  grants: {
    client_credentials: {
      grant_type: null,
      params: { auth: { username: '{client_id}', password: '{client_secret}' } },
    },
  },
  response: {
    ...ownTokenResponse(7200),
    ok_when: { path: 'response.status', equals: 'OK' },
    access_token: 'response.token',
    token_type: null,
  },
  errors: { code_path: 'response.error_id', codes: { NOAUTH: 'invalid_client' } },
  consumer_headers: { Authorization: '{access_token}' },
  max_concurrency: 1,
  min_interval_ms: 30_000,
});

export const dsp = [appleAds, taboola, outbrain, adroll, theTradeDesk, yahooDsp, xandr];
