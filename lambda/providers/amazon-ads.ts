import type { ProviderDefinition } from './provider.ts';
import { CODE_GRANT, REFRESH_GRANT, STANDARD_RESPONSE } from './standard.ts';

/**
 * Amazon Ads, through Login with Amazon. The token hosts, the form body, the lifetimes and the
 * limit of 2048 bytes a token are documented at developer.amazon.com (Login with Amazon: access
 * token, refresh token, authorization code grant); the consent pages and the header at
 * github.com/amzn/ads-advanced-tools-docs. Codes live 5 minutes. A refresh answers with a refresh
 * token, so far always the same one.
 */
export const amazonAds: ProviderDefinition = {
  id: 'amazon-ads',
  title: 'Amazon Ads',
  token_url: {
    by: 'region',
    default: 'na',
    urls: {
      na: 'https://api.amazon.com/auth/o2/token',
      eu: 'https://api.amazon.co.uk/auth/o2/token',
      fe: 'https://api.amazon.co.jp/auth/o2/token',
    },
  },
  client_auth: 'post',
  body: 'form',
  required_fields: ['client_secret'],
  grants: { authorization_code: CODE_GRANT, refresh_token: REFRESH_GRANT },
  scope_separator: ' ',
  response: STANDARD_RESPONSE,
  consumer_headers: { 'Amazon-Advertising-API-ClientId': '{client_id}' },
  max_concurrency: 5,
  min_interval_ms: 50,
  max_token_bytes: 2048,
  authorize: {
    url: {
      by: 'region',
      default: 'na',
      urls: {
        na: 'https://www.amazon.com/ap/oa',
        eu: 'https://eu.account.amazon.com/ap/oa',
        fe: 'https://apac.account.amazon.com/ap/oa',
      },
    },
    default_scope: 'advertising::campaign_management',
    pkce: 'S256',
    code_param: 'code',
    redirect: 'registered',
    code_lifetime_s: 300,
  },
};
