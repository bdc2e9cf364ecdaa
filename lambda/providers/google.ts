import type { ProviderDefinition } from './provider.ts';
import { CODE_AND_REFRESH, DEVICE_GRANT, days, define, STANDARD_RESPONSE } from './standard.ts';

/**
 * Google (developers.google.com/identity/protocols/oauth2). A refresh answers without a refresh
 * token. One is issued only when the consent page is asked for offline access; it dies when unused
 * for 6 months, after 7 days while the app is in testing, and when the same person gives a client
 * the 101st. `deleted_client` at the token endpoint is reported by
 * googleapis/google-api-nodejs-client.
 */
const GOOGLE = {
  token_url: 'https://oauth2.googleapis.com/token',
  required_fields: ['client_secret'],
  response: {
    ...STANDARD_RESPONSE,
    refresh_expires: [{ path: 'refresh_token_expires_in', slides: false }],
  },
  errors: {
    codes: {
      deleted_client: 'invalid_client',
      disabled_client: 'invalid_client',
      admin_policy_enforced: 'invalid_grant',
      org_internal: 'invalid_grant',
      rate_limit_exceeded: 'throttled',
    },
  },
  max_concurrency: 5,
  min_interval_ms: 50,
  revocation: {
    url: 'https://oauth2.googleapis.com/revoke',
    token: 'refresh_token',
    params: { token: '{credential}' },
    client_auth: 'none',
  },
  // OpenID Connect (developers.google.com/identity/openid-connect): `sub` never changes. A consent
  // without the scope `openid`, `profile` or `email` is not told.
  account: { url: 'https://openidconnect.googleapis.com/v1/userinfo', path: 'sub' },
  rotates: 'never',
  lives: {
    idle_s: days(183),
    testing_s: days(7),
    cap: { tokens: 'refresh_token', most: 100, of: 'client_and_user' },
  },
  register_url: 'https://console.cloud.google.com/apis/credentials',
} satisfies Partial<ProviderDefinition>;

const CONSENT = {
  url: 'https://accounts.google.com/o/oauth2/v2/auth',
  params: { access_type: 'offline', prompt: 'consent' },
  pkce: 'S256' as const,
  code_param: 'code',
  redirect: 'loopback' as const,
  code_lifetime_s: 600,
};

const UNCONFIRMED = [
  'errors.codes.admin_policy_enforced',
  'errors.codes.org_internal',
  'errors.codes.rate_limit_exceeded',
];

/** Google Ads (developers.google.com/google-ads/api/docs/oauth). */
const googleAds = define({
  ...GOOGLE,
  id: 'google-ads',
  title: 'Google Ads',
  consumer_headers: {
    'developer-token': '{developer_token}',
    'login-customer-id': '{login_customer_id}',
  },
  authorize: { ...CONSENT, default_scope: 'openid https://www.googleapis.com/auth/adwords' },
  unconfirmed: UNCONFIRMED,
});

/**
 * Any other API of Google; the entry names its `scope` (Display & Video 360, Search Ads 360,
 * Campaign Manager 360, Analytics, Search Console, Merchant, YouTube). With `private_key` it asks
 * as a service account (RFC 7523): `client_id` is then the account's e-mail address, and `subject`
 * the user that it acts for.
 */
const google = define({
  ...GOOGLE,
  id: 'google',
  title: 'Google APIs',
  required_fields: [],
  grants: {
    authorization_code: { ...CODE_AND_REFRESH.authorization_code, needs: ['client_secret'] },
    refresh_token: { ...CODE_AND_REFRESH.refresh_token, needs: ['client_secret'] },
    device_code: DEVICE_GRANT,
    client_credentials: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      params: { assertion: '{jwt}' },
      client_auth: 'none',
    },
  },
  default_grant: 'client_credentials',
  signed: {
    jwt: {
      alg: 'RS256',
      key: 'private_key',
      lifetime_s: 3600,
      header: { 'kid?': '{private_key_id}' },
      claims: {
        iss: '{client_id}',
        scope: '{scope}',
        aud: '{token_url}',
        'sub?': '{subject}',
      },
    },
  },
  consumer_headers: {
    'login-customer-id': '{login_customer_id}',
    'x-goog-user-project': '{quota_project}',
  },
  authorize: CONSENT,
  device_url: 'https://oauth2.googleapis.com/device/code',
  unconfirmed: UNCONFIRMED,
});

/**
 * Microsoft Advertising for people who sign in with Google (learn.microsoft.com/advertising,
 * guides of 2026): Google's endpoints, and the headers of Microsoft Advertising.
 */
const microsoftAdsGoogle = define({
  ...GOOGLE,
  id: 'microsoft-ads-google',
  title: 'Microsoft Advertising (Google sign-in)',
  consumer_headers: {
    DeveloperToken: '{developer_token}',
    CustomerId: '{customer_id}',
    CustomerAccountId: '{customer_account_id}',
  },
  authorize: { ...CONSENT, default_scope: 'profile email' },
  unconfirmed: UNCONFIRMED,
});

export const googleFamily = [googleAds, google, microsoftAdsGoogle];
