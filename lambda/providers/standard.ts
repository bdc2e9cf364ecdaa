import type { GrantDefinition, ResponseDefinition } from './provider.ts';

/** RFC 6749 section 4.1.3, with the verifier of RFC 7636 section 4.5 where there is one. */
export const CODE_GRANT: GrantDefinition = {
  params: {
    code: '{credential}',
    redirect_uri: '{redirect_uri}',
    'code_verifier?': '{code_verifier}',
  },
};

/** RFC 6749 section 6. */
export const REFRESH_GRANT: GrantDefinition = { params: { refresh_token: '{credential}' } };

/** RFC 6749 section 4.4: for clients that hold a secret only. */
export const CLIENT_CREDENTIALS_GRANT: GrantDefinition = {
  params: { 'scope?': '{scope}' },
  needs: ['client_secret'],
};

/** RFC 6749 section 5.1. */
export const STANDARD_RESPONSE: ResponseDefinition = {
  access_token: 'access_token',
  refresh_token: 'refresh_token',
  token_type: 'token_type',
  scope: 'scope',
  expires: { path: 'expires_in', kind: 'seconds' },
  default_expires_in_s: 3600,
};
