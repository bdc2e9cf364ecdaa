import type { ProviderDefinition } from './provider.ts';
import { CODE_GRANT, REFRESH_GRANT, STANDARD_RESPONSE } from './standard.ts';

/**
 * Pinterest (developers.pinterest.com, set up authentication): form body, HTTP Basic, scopes joined
 * by commas; access tokens of about 30 days, refresh tokens of about 60 that each refresh prolongs.
 */
export const pinterest: ProviderDefinition = {
  id: 'pinterest',
  title: 'Pinterest',
  token_url: 'https://api.pinterest.com/v5/oauth/token',
  client_auth: 'basic',
  body: 'form',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: CODE_GRANT,
    refresh_token: { params: { ...REFRESH_GRANT.params, 'scope?': '{scope}' } },
  },
  scope_separator: ',',
  response: { ...STANDARD_RESPONSE, default_expires_in_s: 2_592_000 },
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 100,
  max_token_bytes: 1024,
  authorize: {
    url: 'https://www.pinterest.com/oauth/',
    default_scope: 'ads:read',
    pkce: 'none',
    code_param: 'code',
    redirect: 'registered',
    code_lifetime_s: 600,
  },
};
