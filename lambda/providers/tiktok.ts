import type { ProviderDefinition } from './provider.ts';
import { CODE_AND_REFRESH, days, define, STANDARD_RESPONSE } from './standard.ts';

const BUSINESS_HOST = 'https://business-api.tiktok.com/open_api/v1.3';

/**
 * The Business API answers 200 to everything, with a number at `code` (tiktok-business-api-sdk,
 * 2026-02). Callers send the token as it is, in a header of its own.
 */
const BUSINESS = {
  body: 'json',
  required_fields: ['client_secret'],
  scope_separator: ',',
  errors: {
    code_path: 'code',
    codes: {
      40100: 'throttled',
      40132: 'throttled',
      40101: 'unauthorized_client',
      40102: 'invalid_grant',
      40103: 'invalid_grant',
      40105: 'invalid_grant',
      40107: 'invalid_grant',
      40108: 'invalid_grant',
      40110: 'invalid_grant',
      40113: 'invalid_client',
      40002: 'invalid_request',
    },
  },
  consumer_headers: { 'Access-Token': '{access_token}' },
  consumer_authorization: 'none',
  register_url: 'https://business-api.tiktok.com/portal/docs?id=1738855242728450',
} satisfies Partial<ProviderDefinition>;

const ENVELOPE = {
  ok_when: { path: 'code', equals: 0 },
  access_token: 'data.access_token',
  token_type: null,
  scope: 'data.scope',
};

/** TikTok for advertisers. A token has no end, and nothing renews it. */
const tiktokBusiness = define({
  ...BUSINESS,
  id: 'tiktok-business',
  title: 'TikTok Business (ads)',
  token_url: `${BUSINESS_HOST}/oauth2/access_token/`,
  client_names: { client_id: 'app_id', client_secret: 'secret' },
  grants: { authorization_code: { grant_type: null, params: { auth_code: '{credential}' } } },
  renewal: 'none',
  response: {
    ...STANDARD_RESPONSE,
    ...ENVELOPE,
    refresh_token: null,
    default_expires_in_s: null,
    values: { advertiser_ids: 'data.advertiser_ids' },
  },
  authorize: {
    url: 'https://business-api.tiktok.com/portal/auth',
    names: {
      response_type: null,
      client_id: 'app_id',
      scope: null,
    },
    code_param: 'auth_code',
    code_lifetime_s: 3600,
  },
  revocation: {
    url: `${BUSINESS_HOST}/oauth2/revoke_token/`,
    token: 'access_token',
    params: { access_token: '{credential}' },
    client_auth: 'post',
    body: 'json',
  },
  unconfirmed: ['authorize.code_param', 'authorize.code_lifetime_s', 'revocation'],
});

/**
 * Accounts of TikTok users through the Business API, with a day, and a year for the refresh token.
 */
const tiktokAccounts = define({
  ...BUSINESS,
  id: 'tiktok-accounts',
  title: 'TikTok accounts (Business API)',
  token_url: `${BUSINESS_HOST}/tt_user/oauth2/refresh_token/`,
  grants: {
    authorization_code: {
      params: { auth_code: '{credential}', redirect_uri: '{redirect_uri}' },
      token_url: `${BUSINESS_HOST}/tt_user/oauth2/token/`,
    },
    refresh_token: { params: { refresh_token: '{credential}' } },
  },
  response: {
    ...STANDARD_RESPONSE,
    ...ENVELOPE,
    refresh_token: 'data.refresh_token',
    expires: { path: 'data.expires_in', kind: 'seconds' },
    default_expires_in_s: 86_400,
    refresh_expires: [
      {
        path: 'data.refresh_token_expires_in',
        after_s: days(365),
        slides: false,
      },
    ],
    values: { open_id: 'data.open_id' },
  },
  authorize: {
    url: 'https://www.tiktok.com/v2/auth/authorize/',
    params: { disable_auto_auth: '1' },
    names: { client_id: 'client_key' },
    default_scope: 'user.info.basic',
  },
  rotates: 'sometimes',
  unconfirmed: ['authorize', 'response.refresh_expires'],
});

/**
 * TikTok for Developers (developers.tiktok.com, Nov 2026). 2 hours and 180 days. A refresh answers
 * with another refresh token, and the old one is dead.
 */
const tiktok = define({
  id: 'tiktok',
  title: 'TikTok for Developers',
  token_url: 'https://open.tiktokapis.com/v2/oauth/token/',
  client_names: { client_id: 'client_key', client_secret: 'client_secret' },
  required_fields: ['client_secret'],
  grants: { ...CODE_AND_REFRESH, client_credentials: { params: {} } },
  scope_separator: ',',
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: 7200,
    refresh_expires: [
      {
        path: 'refresh_expires_in',
        after_s: days(180),
        slides: true,
      },
    ],
    values: { open_id: 'open_id' },
  },
  authorize: {
    url: 'https://www.tiktok.com/v2/auth/authorize/',
    params: { disable_auto_auth: '1' },
    default_scope: 'user.info.basic',
  },
  revocation: {
    url: 'https://open.tiktokapis.com/v2/oauth/revoke/',
    token: 'access_token',
    params: { token: '{credential}' },
  },
  rotates: 'always',
  resend_within_s: 0,
  register_url: 'https://developers.tiktok.com/doc/getting-started-create-an-app',
  unconfirmed: ['authorize.params', 'authorize.code_lifetime_s'],
});

export const tiktokFamily = [tiktokBusiness, tiktokAccounts, tiktok];
