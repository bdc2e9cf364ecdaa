import type { ProviderDefinition } from './provider.ts';
import {
  CLIENT_CREDENTIALS_GRANT,
  CODE_AND_REFRESH,
  CODE_GRANT,
  days,
  define,
  REFRESH_GRANT,
  SIGNED_BY_CALLERS,
  STANDARD_RESPONSE,
} from './standard.ts';

/** Error codes and subcodes of the Graph API (developers.facebook.com, handling errors). */
const GRAPH_ERRORS = {
  code_path: ['error.error_subcode', 'error.code'],
  codes: {
    190: 'invalid_grant',
    102: 'invalid_grant',
    458: 'invalid_grant',
    459: 'invalid_grant',
    460: 'invalid_grant',
    463: 'invalid_grant',
    464: 'invalid_grant',
    467: 'invalid_grant',
    36009: 'invalid_grant',
    101: 'invalid_client',
    2: 'unavailable',
    4: 'throttled',
    17: 'throttled',
    32: 'throttled',
    341: 'throttled',
    613: 'throttled',
  },
} satisfies ProviderDefinition['errors'];

/** The access token is exchanged for the next one, as long as it lives. */
const EXCHANGED_FOR_60_DAYS = {
  ...STANDARD_RESPONSE,
  refresh_token: 'access_token',
  default_expires_in_s: days(60),
  refresh_expires: [
    {
      path: 'expires_in',
      after_s: days(60),
      slides: true,
    },
  ],
};

/**
 * Meta (developers.facebook.com, long-lived tokens). The access token is the credential, and an
 * ended one cannot be exchanged. A code brings a token of an hour or two, which is exchanged at
 * once for one of 60 days. Tokens of system users with an end are renewed by the same request with
 * `set_token_expires_in_60_days`. The client's secret is in the query.
 */
const meta = define({
  id: 'meta',
  title: 'Meta (Facebook and Instagram ads)',
  token_url: 'https://graph.facebook.com/v25.0/oauth/access_token',
  body: 'query',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: {
      grant_type: null,
      params: { code: '{credential}', redirect_uri: '{redirect_uri}' },
      response: { default_expires_in_s: 3600 },
      followed_by: 'refresh_token',
    },
    refresh_token: {
      grant_type: 'fb_exchange_token',
      params: {
        fb_exchange_token: '{credential}',
        'set_token_expires_in_60_days?': '{set_token_expires_in_60_days}',
      },
    },
  },
  scope_separator: ',',
  response: EXCHANGED_FOR_60_DAYS,
  errors: GRAPH_ERRORS,
  authorize: {
    url: 'https://www.facebook.com/v25.0/dialog/oauth',
    params: { auth_type: 'rerequest' },
    default_scope: 'ads_read,ads_management,business_management',
  },
  revocation: {
    url: 'https://graph.facebook.com/v25.0/me/permissions',
    token: 'access_token',
    params: { access_token: '{credential}' },
    client_auth: 'none',
    body: 'query',
    method: 'DELETE',
  },
  account: { url: 'https://graph.facebook.com/v25.0/me?fields=id', path: 'id' },
  rotates: 'always',
  register_url: 'https://developers.facebook.com/docs/development/create-an-app',
  unconfirmed: [
    'authorize.default_scope',
    'authorize.code_lifetime_s',
    'errors.codes.36009',
    'errors.codes.101',
    'errors.codes.32',
    'errors.codes.613',
    'revocation',
  ],
});

const INSTAGRAM_HOST = 'https://graph.instagram.com';

/**
 * Instagram with Instagram login (developers.facebook.com, instagram-platform, 2026). A code brings
 * a token of an hour, which is exchanged at once for one of 60 days. That one is renewed without
 * the client's credentials, when it is 24 hours old.
 */
const instagram = define({
  id: 'instagram',
  title: 'Instagram',
  token_url: 'https://api.instagram.com/oauth/access_token',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: {
      ...CODE_GRANT,
      response: {
        access_token: ['access_token', 'data.0.access_token'],
        refresh_token: ['access_token', 'data.0.access_token'],
        default_expires_in_s: 3600,
        refresh_expires: [{ after_s: 3600, slides: false }],
      },
      followed_by: 'token_exchange',
    },
    token_exchange: {
      grant_type: 'ig_exchange_token',
      params: { client_secret: '{client_secret}', access_token: '{credential}' },
      token_url: `${INSTAGRAM_HOST}/access_token`,
      client_auth: 'none',
      body: 'query',
    },
    refresh_token: {
      grant_type: 'ig_refresh_token',
      params: { access_token: '{credential}' },
      token_url: `${INSTAGRAM_HOST}/refresh_access_token`,
      client_auth: 'none',
      body: 'query',
    },
  },
  scope_separator: ',',
  response: EXCHANGED_FOR_60_DAYS,
  errors: GRAPH_ERRORS,
  per_credential: { min_age_s: 86_400 },
  authorize: {
    url: 'https://www.instagram.com/oauth/authorize',
    params: { force_reauth: 'true' },
    default_scope: 'instagram_business_basic',
    code_lifetime_s: 3600,
  },
  account: { url: `${INSTAGRAM_HOST}/me?fields=user_id`, path: 'user_id' },
  rotates: 'always',
  register_url: 'https://developers.facebook.com/docs/instagram-platform',
  unconfirmed: [
    'authorize.params',
    'authorize.code_lifetime_s',
    'per_credential.min_age_s',
    'account',
  ],
});

/**
 * Pinterest (developers.pinterest.com; pinterest/api-description). Scopes joined by commas, access
 * tokens of about 30 days, refresh tokens of about 60 that each refresh prolongs. Older apps ask
 * for that kind by `continuous_refresh`. Refusals tell a number at `code`.
 */
const pinterest = define({
  id: 'pinterest',
  title: 'Pinterest',
  token_url: 'https://api.pinterest.com/v5/oauth/token',
  client_auth: 'basic',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: { params: { ...CODE_GRANT.params, continuous_refresh: 'true' } },
    refresh_token: { params: { ...REFRESH_GRANT.params, 'scope?': '{scope}' } },
    client_credentials: { params: { scope: '{scope}' } },
  },
  scope_separator: ',',
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: days(30),
    refresh_expires: [
      {
        path: 'refresh_token_expires_in',
        after_s: days(60),
        slides: true,
      },
    ],
  },
  errors: {
    code_path: ['code', 'error'],
    codes: {
      283: 'invalid_grant',
      2: 'invalid_client',
      29: 'unauthorized_client',
    },
  },
  max_token_bytes: 1024,
  authorize: {
    url: 'https://www.pinterest.com/oauth/',
    default_scope: 'ads:read',
  },
  rotates: 'sometimes',
  register_url: 'https://developers.pinterest.com/docs/getting-started/set-up-app/',
});

/**
 * Snapchat (developers.snap.com, ads API authentication). Access tokens of 30 or 60 minutes, and
 * refresh tokens without an end.
 */
const snapchat = define({
  id: 'snapchat',
  title: 'Snapchat',
  token_url: 'https://accounts.snapchat.com/login/oauth2/access_token',
  required_fields: ['client_secret'],
  response: { ...STANDARD_RESPONSE, default_expires_in_s: 1800 },
  authorize: {
    url: 'https://accounts.snapchat.com/login/oauth2/authorize',
    default_scope: 'snapchat-marketing-api',
  },
  rotates: 'sometimes',
  register_url: 'https://developers.snap.com/api/marketing-api/Ads-API/authentication',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/**
 * LinkedIn (learn.microsoft.com/linkedin, programmatic refresh tokens). Access tokens of 60 days,
 * refresh tokens of 365 days from the consent, for approved partners. `linkedin_version` is the
 * month of the API, such as 202611.
 */
const linkedin = define({
  id: 'linkedin',
  title: 'LinkedIn',
  token_url: 'https://www.linkedin.com/oauth/v2/accessToken',
  required_fields: ['client_secret'],
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: days(60),
    refresh_expires: [
      {
        path: 'refresh_token_expires_in',
        after_s: days(365),
        slides: false,
      },
    ],
  },
  consumer_headers: {
    'LinkedIn-Version': '{linkedin_version}',
    'X-Restli-Protocol-Version': '2.0.0',
  },
  authorize: {
    url: 'https://www.linkedin.com/oauth/v2/authorization',
    default_scope: 'r_ads r_ads_reporting',
    code_lifetime_s: 1800,
  },
  rotates: 'never',
  register_url:
    'https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow',
  unconfirmed: ['consumer_headers'],
});

/**
 * Reddit (github.com/reddit-archive, OAuth2; Reddit Ads). A permanent consent is asked for by
 * `duration`, and a client without a name of its own in User-Agent is throttled.
 */
const reddit = define({
  id: 'reddit',
  title: 'Reddit Ads',
  token_url: 'https://www.reddit.com/api/v1/access_token',
  client_auth: 'basic',
  request_headers: { 'user-agent': '{user_agent}' },
  defaults: { user_agent: 'server:token-rotator:v1 (by the owner of the client)' },
  grants: { ...CODE_AND_REFRESH, client_credentials: CLIENT_CREDENTIALS_GRANT },
  response: STANDARD_RESPONSE,
  consumer_headers: { 'User-Agent': '{user_agent}' },
  authorize: {
    url: 'https://www.reddit.com/api/v1/authorize',
    params: { duration: 'permanent' },
    default_scope: 'adsread',
  },
  revocation: { url: 'https://www.reddit.com/api/v1/revoke_token', token: 'refresh_token' },
  rotates: 'never',
  register_url: 'https://www.reddit.com/prefs/apps',
  unconfirmed: ['authorize.code_lifetime_s', 'revocation'],
});

/**
 * Spotify (developer.spotify.com, ads API quick start). Basic, an hour, and refresh tokens without
 * an end.
 */
const spotifyAds = define({
  id: 'spotify-ads',
  title: 'Spotify Ads',
  token_url: 'https://accounts.spotify.com/api/token',
  client_auth: 'basic',
  authorize: {
    url: 'https://accounts.spotify.com/authorize',
    params: { show_dialog: 'true' },
    pkce: 'S256',
  },
  rotates: 'sometimes',
  register_url: 'https://developer.spotify.com/documentation/ads-api/quick-start',
  unconfirmed: ['rotates', 'authorize.code_lifetime_s'],
});

/**
 * X Ads (docs.x.com, x-ads-api: authenticated requests). Each request is signed by OAuth 1.0a (RFC
 * 5849) with four values that end only when they are made anew. `client_id` and `client_secret` are
 * the API key and its secret.
 */
const xAds = define({
  ...SIGNED_BY_CALLERS,
  id: 'x-ads',
  title: 'X Ads',
  token_url: 'https://ads-api.x.com/',
  required_fields: ['client_secret', 'oauth_token', 'oauth_token_secret'],
  secret_fields: ['oauth_token', 'oauth_token_secret'],
  register_url: 'https://docs.x.com/x-ads-api/getting-started',
});

export const social = [meta, instagram, pinterest, snapchat, linkedin, reddit, spotifyAds, xAds];
