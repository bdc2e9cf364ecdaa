import type { ProviderDefinition } from './provider.ts';
import { CODE_GRANT, REFRESH_GRANT, STANDARD_RESPONSE } from './standard.ts';

const SCOPE = 'https://ads.microsoft.com/msads.manage offline_access';

/**
 * Microsoft Advertising (learn.microsoft.com/advertising/guides/authentication-oauth-get-tokens).
 * Every refresh brings a new refresh token, which must be kept: the first one ends after 90 days.
 * The scope is sent again with every refresh. `directory` is the Entra tenant.
 */
export const microsoftAds: ProviderDefinition = {
  id: 'microsoft-ads',
  title: 'Microsoft Advertising',
  token_url: 'https://login.microsoftonline.com/{directory}/oauth2/v2.0/token',
  variables: { directory: '[A-Za-z0-9][A-Za-z0-9.-]*' },
  defaults: { directory: 'common', scope: SCOPE },
  client_auth: 'post',
  body: 'form',
  grants: {
    authorization_code: { params: { ...CODE_GRANT.params, scope: '{scope}' } },
    refresh_token: { params: { ...REFRESH_GRANT.params, scope: '{scope}' } },
  },
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  errors: { show_patterns: ['AADSTS\\d{4,7}'] },
  consumer_headers: {
    DeveloperToken: '{developer_token}',
    CustomerId: '{customer_id}',
    CustomerAccountId: '{customer_account_id}',
  },
  max_concurrency: 5,
  min_interval_ms: 50,
  max_token_bytes: 4096,
  authorize: {
    url: 'https://login.microsoftonline.com/{directory}/oauth2/v2.0/authorize',
    default_scope: SCOPE,
    pkce: 'S256',
    code_param: 'code',
    redirect: 'registered',
    code_lifetime_s: 600,
  },
};
