import type { ProviderDefinition } from './provider.ts';
import { CODE_GRANT, REFRESH_GRANT, STANDARD_RESPONSE } from './standard.ts';

/**
 * Google Ads (developers.google.com/identity/protocols/oauth2). A refresh answers without a refresh
 * token. One is issued only when the consent page is asked for offline access; it dies when unused
 * for 6 months, and after 7 days while the app is in testing.
 */
export const googleAds: ProviderDefinition = {
  id: 'google-ads',
  title: 'Google Ads',
  token_url: 'https://oauth2.googleapis.com/token',
  client_auth: 'post',
  body: 'form',
  required_fields: ['client_secret'],
  grants: { authorization_code: CODE_GRANT, refresh_token: REFRESH_GRANT },
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  consumer_headers: {
    'developer-token': '{developer_token}',
    'login-customer-id': '{login_customer_id}',
  },
  max_concurrency: 5,
  min_interval_ms: 50,
  max_token_bytes: 2048,
  authorize: {
    url: 'https://accounts.google.com/o/oauth2/v2/auth',
    params: { access_type: 'offline', prompt: 'consent' },
    default_scope: 'https://www.googleapis.com/auth/adwords',
    pkce: 'S256',
    code_param: 'code',
    redirect: 'loopback',
    code_lifetime_s: 600,
  },
};
