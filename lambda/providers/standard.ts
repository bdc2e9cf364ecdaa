import type { GrantDefinition, ProviderDefinition, ResponseDefinition } from './provider.ts';

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

/** RFC 8628 section 3.4. */
export const DEVICE_GRANT: GrantDefinition = {
  grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  params: { device_code: '{credential}' },
};

/** A consent, and renewals by a refresh token. */
export const CODE_AND_REFRESH = { authorization_code: CODE_GRANT, refresh_token: REFRESH_GRANT };

/** RFC 6749 section 5.1. */
export const STANDARD_RESPONSE: ResponseDefinition = {
  access_token: 'access_token',
  refresh_token: 'refresh_token',
  token_type: 'token_type',
  scope: 'scope',
  expires: { path: 'expires_in', kind: 'seconds' },
  default_expires_in_s: 3600,
};

/**
 * Returns the reply of a grant that spends nothing, whose token lives so long unless it says
 * otherwise.
 */
export function ownTokenResponse(default_expires_in_s: number): ResponseDefinition {
  return {
    ...STANDARD_RESPONSE,
    refresh_token: null,
    default_expires_in_s,
  };
}

const DAY_S = 86_400;

/** Turns days into seconds. */
export function days(count: number): number {
  return count * DAY_S;
}

/** Says what a platform has when it follows the standard in all that it does not say. */
const STANDARD = {
  client_auth: 'post',
  body: 'form',
  grants: CODE_AND_REFRESH,
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 100,
  max_token_bytes: 2048,
} satisfies Partial<ProviderDefinition>;

/**
 * Says what a platform has that issues no tokens. Its callers sign each request with what the vault
 * holds. `secret_expires_at` in the entry or its app says when that ends.
 */
export const SIGNED_BY_CALLERS = {
  client_auth: 'none',
  grants: {},
  renewal: 'none',
  consumer_authorization: 'none',
} satisfies Partial<ProviderDefinition>;

/** The usual consent page. RFC 6749 section 4.1.2 recommends ten minutes for a code at most. */
const CONSENT = {
  pkce: 'none',
  code_param: 'code',
  redirect: 'registered',
  code_lifetime_s: 600,
} satisfies Partial<Consent>;

type Consent = NonNullable<ProviderDefinition['authorize']>;

/** Says what a definition names itself. */
type Own = Partial<Omit<ProviderDefinition, 'authorize'>> &
  Pick<ProviderDefinition, 'id' | 'title' | 'token_url'> & {
    authorize?: (Partial<Consent> & Pick<Consent, 'url'>) | undefined;
  };

/** Completes a definition that names only what differs from the standard. */
export function define({ authorize, ...own }: Own): ProviderDefinition {
  return {
    ...STANDARD,
    ...own,
    ...(authorize && { authorize: { ...CONSENT, ...authorize } }),
  };
}
