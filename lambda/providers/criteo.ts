import type { ProviderDefinition } from './provider.ts';
import { CLIENT_CREDENTIALS_GRANT, STANDARD_RESPONSE } from './standard.ts';

/**
 * Criteo Retail Media (developers.criteo.com, retail media authentication): tokens of 900 s for the
 * client itself, of which several live at once.
 */
export const criteo: ProviderDefinition = {
  id: 'criteo',
  title: 'Criteo Retail Media',
  token_url: 'https://api.criteo.com/oauth2/token',
  client_auth: 'post',
  body: 'form',
  required_fields: ['client_secret'],
  grants: { client_credentials: CLIENT_CREDENTIALS_GRANT },
  default_grant: 'client_credentials',
  scope_separator: ' ',
  response: { ...STANDARD_RESPONSE, refresh_token: null, default_expires_in_s: 900 },
  consumer_headers: {},
  max_concurrency: 4,
  min_interval_ms: 100,
  max_token_bytes: 2048,
};
