import type { GrantDefinition } from './provider.ts';
import { CODE_GRANT, DEVICE_GRANT, define, REFRESH_GRANT } from './standard.ts';

/**
 * Any server of RFC 6749. The tenant names `token_url`, and where they differ from form and post,
 * `client_auth` and `body`; `scope` and `audience` are sent where it has them, `resource` too
 * (RFC 8707). `authorize_url`, `device_url` and `revocation_url` are its other endpoints. A refresh
 * names no scope: it means the one that was granted, and a server that granted less than was asked
 * refuses the whole (section 6).
 */
export const oauth2 = define({
  id: 'oauth2',
  title: 'Standard OAuth 2.0 server',
  token_url: null,
  grants: {
    authorization_code: withAudience(CODE_GRANT.params),
    refresh_token: withAudience(REFRESH_GRANT.params),
    client_credentials: {
      ...withAudience({ 'scope?': '{scope}' }),
      needs: ['client_secret'],
    },
    device_code: DEVICE_GRANT,
  },
  max_token_bytes: 4096,
  authorize: {
    url: null,
    pkce: 'S256',
    redirect: 'loopback',
  },
});

function withAudience(params: GrantDefinition['params']): GrantDefinition {
  return {
    params: {
      ...params,
      'audience?': '{audience}',
      'resource?': '{resource}',
    },
  };
}
