import type { ProviderDefinition } from './provider.ts';
import { CODE_GRANT, STANDARD_RESPONSE } from './standard.ts';

/**
 * Instacart Ads. The provider's own reference is not public: the endpoint, the JSON body and the
 * fields are those of public clients (pr-mazava/instacart_token_refresh,
 * Ryan-dayone/instacart-api). Whether refresh tokens rotate is not known, so whatever comes is
 * kept. Some clients repeat `redirect_uri` when they refresh. The consent page is not established:
 * the operator names it in `authorize_url`.
 */
export const instacartAds: ProviderDefinition = {
  id: 'instacart-ads',
  title: 'Instacart Ads',
  token_url: 'https://api.ads.instacart.com/oauth/token',
  client_auth: 'post',
  body: 'json',
  required_fields: ['client_secret'],
  grants: {
    authorization_code: CODE_GRANT,
    refresh_token: { params: { refresh_token: '{credential}', 'redirect_uri?': '{redirect_uri}' } },
  },
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 100,
  max_token_bytes: 1024,
  authorize: {
    url: null,
    pkce: 'none',
    code_param: 'code',
    redirect: 'registered',
    code_lifetime_s: 300,
  },
};
