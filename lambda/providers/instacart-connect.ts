import type { ProviderDefinition } from './provider.ts';
import { CODE_GRANT, STANDARD_RESPONSE } from './standard.ts';

/**
 * Instacart Connect (docs.instacart.com, Connect: access tokens, credential rotation). No refresh
 * tokens: a token of 24 hours is renewed by asking again, with the same assertion (base64 of a JSON
 * object with the one key `user_id`) or as the client itself. Scopes go together only when they
 * share a grant, joined by commas; without a scope every permitted one is granted. Credentials in
 * the query are refused with 403.
 */
export const instacartConnect: ProviderDefinition = {
  id: 'instacart-connect',
  title: 'Instacart Connect',
  token_url: {
    by: 'environment',
    default: 'production',
    urls: {
      production: 'https://connect.instacart.com/v2/oauth/token',
      development: 'https://connect.dev.instacart.tools/v2/oauth/token',
    },
  },
  client_auth: 'post',
  body: 'json',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: { params: { ...CODE_GRANT.params, 'scope?': '{scope}' } },
    fulfillment_user_assertion: {
      params: { assertion: '{user_id|json_base64}', 'scope?': '{scope}' },
    },
    client_credentials: { params: { 'scope?': '{scope}' } },
  },
  default_grant: ['fulfillment_user_assertion', 'client_credentials'],
  scope_separator: ',',
  response: { ...STANDARD_RESPONSE, refresh_token: null, default_expires_in_s: 86_400 },
  errors: { codes: { query_params_forbidden: 'invalid_client' } },
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 100,
  max_token_bytes: 1024,
  authorize: {
    url: null,
    default_scope: 'account_linking',
    pkce: 'S256',
    code_param: 'code',
    redirect: 'registered',
    code_lifetime_s: 600,
  },
};
