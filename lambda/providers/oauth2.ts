import type { ProviderDefinition } from './provider.ts';
import {
  CLIENT_CREDENTIALS_GRANT,
  CODE_GRANT,
  REFRESH_GRANT,
  STANDARD_RESPONSE,
} from './standard.ts';

/**
 * Any server of RFC 6749: the tenant names `token_url`, and where they differ from form and post,
 * `client_auth` and `body`; `scope` and `audience` are sent where it has them, `authorize_url` is
 * its consent page. A refresh names no scope: it means the one that was granted, and a server that
 * granted less than was asked refuses the whole (section 6).
 */
export const oauth2: ProviderDefinition = {
  id: 'oauth2',
  title: 'Standard OAuth 2.0 server',
  token_url: null,
  client_auth: 'post',
  body: 'form',
  grants: {
    authorization_code: { params: { ...CODE_GRANT.params, 'audience?': '{audience}' } },
    refresh_token: { params: { ...REFRESH_GRANT.params, 'audience?': '{audience}' } },
    client_credentials: {
      ...CLIENT_CREDENTIALS_GRANT,
      params: { 'scope?': '{scope}', 'audience?': '{audience}' },
    },
  },
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 100,
  max_token_bytes: 4096,
  authorize: {
    url: null,
    pkce: 'S256',
    code_param: 'code',
    redirect: 'loopback',
    code_lifetime_s: 600,
  },
};
