import {
  CLIENT_CREDENTIALS_GRANT,
  CODE_AND_REFRESH,
  CODE_GRANT,
  days,
  define,
  ownTokenResponse,
  STANDARD_RESPONSE,
} from './standard.ts';

/**
 * Salesforce (help.salesforce.com). Replies tell no end, which is the org's session timeout. The
 * rotation of refresh tokens is a setting of the app. `host` is the org's own domain.
 */
const salesforce = define({
  id: 'salesforce',
  title: 'Salesforce',
  token_url: 'https://{host}/services/oauth2/token',
  variables: { host: '[a-z0-9][a-z0-9.-]{0,100}\\.salesforce\\.com' },
  defaults: { host: 'login.salesforce.com' },
  grants: { ...CODE_AND_REFRESH, client_credentials: CLIENT_CREDENTIALS_GRANT },
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: 7200,
    values: { instance_url: 'instance_url' },
  },
  authorize: {
    url: 'https://{host}/services/oauth2/authorize',
    params: { prompt: 'consent' },
    default_scope: 'api refresh_token',
    pkce: 'S256',
    code_lifetime_s: 900,
  },
  revocation: {
    url: 'https://{host}/services/oauth2/revoke',
    token: 'refresh_token',
    params: { token: '{credential}' },
    client_auth: 'none',
  },
  rotates: 'sometimes',
  register_url: 'https://help.salesforce.com/s/articleView?id=sf.connected_app_create.htm',
  unconfirmed: ['response.default_expires_in_s', 'revocation'],
});

/**
 * Salesforce Marketing Cloud (developer.salesforce.com, server-to-server, 2026). Tokens of 20
 * minutes, and a subdomain for each customer.
 */
const salesforceMarketingCloud = define({
  id: 'salesforce-marketing-cloud',
  title: 'Salesforce Marketing Cloud',
  token_url: 'https://{subdomain}.auth.marketingcloudapis.com/v2/token',
  variables: { subdomain: '[a-z0-9][a-z0-9-]{0,62}' },
  body: 'json',
  required_fields: ['client_secret'],
  grants: {
    client_credentials: { params: { 'account_id?': '{account_id}', 'scope?': '{scope}' } },
  },
  default_grant: 'client_credentials',
  response: {
    ...ownTokenResponse(1080),
    values: { rest_instance_url: 'rest_instance_url', soap_instance_url: 'soap_instance_url' },
  },
  register_url:
    'https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/access-token-s2s',
});

/**
 * HubSpot (developers.hubspot.com, OAuth of 2026-03, which takes the place of v1 on 2027-02-16). 30
 * minutes, and refresh tokens without an end.
 */
const hubspot = define({
  id: 'hubspot',
  title: 'HubSpot',
  token_url: 'https://api.hubapi.com/oauth/2026-03/token',
  required_fields: ['client_secret'],
  response: { ...STANDARD_RESPONSE, default_expires_in_s: 1800 },
  errors: {
    code_path: ['status', 'error'],
    codes: {
      BAD_REFRESH_TOKEN: 'invalid_grant',
      BAD_AUTH_CODE: 'invalid_grant',
      BAD_CLIENT_ID: 'invalid_client',
      BAD_CLIENT_SECRET: 'invalid_client',
    },
  },
  authorize: {
    url: 'https://app.hubspot.com/oauth/authorize',
    params: { 'optional_scope?': '{optional_scope}' },
    default_scope: 'oauth',
    code_lifetime_s: 60,
  },
  revocation: { url: 'https://api.hubapi.com/oauth/2026-03/token/revoke', token: 'refresh_token' },
  rotates: 'never',
  register_url:
    'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication',
  unconfirmed: [
    'authorize.code_lifetime_s',
    'errors.codes.BAD_AUTH_CODE',
    'errors.codes.BAD_CLIENT_ID',
    'rotates',
    'revocation',
  ],
});

/**
 * Klaviyo (developers.klaviyo.com): Basic and PKCE. An hour; a refresh token dies after 90 days
 * without use. Callers send the month of the API as `revision`.
 */
const klaviyo = define({
  id: 'klaviyo',
  title: 'Klaviyo',
  token_url: 'https://a.klaviyo.com/oauth/token',
  client_auth: 'basic',
  consumer_headers: { revision: '{revision}' },
  authorize: {
    url: 'https://www.klaviyo.com/oauth/authorize',
    default_scope: 'accounts:read',
    pkce: 'S256',
    code_lifetime_s: 300,
  },
  revocation: { url: 'https://a.klaviyo.com/oauth/revoke', token: 'refresh_token' },
  rotates: 'sometimes',
  lives: { idle_s: days(90) },
  register_url: 'https://developers.klaviyo.com/en/docs/set_up_oauth',
});

/**
 * QuickBooks (intuit/oauth-jsclient, 2026-07). An hour; a refresh token dies after 100 days without
 * use, and 5 years after the consent. A new one comes about daily, and the one before it works for
 * 24 hours more.
 */
const quickbooks = define({
  id: 'quickbooks',
  title: 'QuickBooks',
  token_url: 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
  client_auth: 'basic',
  request_headers: { 'x-include-refresh-token-hard-expires-in': 'true' },
  response: {
    ...STANDARD_RESPONSE,
    refresh_expires: [
      {
        path: 'x_refresh_token_expires_in',
        after_s: days(100),
        slides: true,
      },
      {
        path: 'x_refresh_token_hard_expires_in',
        after_s: days(5 * 365),
        slides: false,
      },
    ],
  },
  authorize: {
    url: 'https://appcenter.intuit.com/connect/oauth2',
    default_scope: 'com.intuit.quickbooks.accounting',
    keep: { realmId: { field: 'realm_id', pattern: '[0-9]{1,25}' } },
  },
  revocation: {
    url: 'https://developer.api.intuit.com/v2/oauth2/tokens/revoke',
    token: 'refresh_token',
    params: { token: '{credential}' },
    body: 'json',
  },
  rotates: 'sometimes',
  resend_within_s: 86_400,
  register_url: 'https://developer.intuit.com/app/developer/dashboard',
  unconfirmed: ['authorize.code_lifetime_s'],
});

/** Xero. 30 minutes and 60 days; each refresh brings a new token. */
const xero = define({
  id: 'xero',
  title: 'Xero',
  token_url: 'https://identity.xero.com/connect/token',
  client_auth: 'basic',
  grants: { ...CODE_AND_REFRESH, client_credentials: CLIENT_CREDENTIALS_GRANT },
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: 1800,
    refresh_expires: [{ after_s: days(60), slides: true }],
  },
  consumer_headers: { 'xero-tenant-id': '{xero_tenant_id}' },
  authorize: {
    url: 'https://login.xero.com/identity/connect/authorize',
    params: { prompt: 'consent' },
    default_scope: 'offline_access accounting.transactions.read',
    code_lifetime_s: 300,
  },
  revocation: { url: 'https://identity.xero.com/connect/revocation', token: 'refresh_token' },
  rotates: 'always',
  resend_within_s: 1800,
  register_url: 'https://developer.xero.com/app/manage',
  unconfirmed: ['authorize.params', 'authorize.code_lifetime_s', 'resend_within_s', 'revocation'],
});

/**
 * Zoho (zoho.com/accounts/protocol/oauth). The redirect names the accounts server of the person,
 * which answers from then on. Ten access tokens in ten minutes for one refresh token; a person has
 * 20 refresh tokens, and the next one ends the oldest.
 */
const zoho = define({
  id: 'zoho',
  title: 'Zoho',
  token_url: 'https://{accounts_host}/oauth/v2/token',
  variables: { accounts_host: 'accounts\\.zoho\\.(?:com|eu|in|com\\.au|jp|com\\.cn)' },
  defaults: { accounts_host: 'accounts.zoho.com' },
  required_fields: ['client_secret'],
  scope_separator: ',',
  response: { ...STANDARD_RESPONSE, values: { api_domain: 'api_domain' } },
  errors: { codes: { invalid_code: 'invalid_grant', 'Access Denied': 'throttled' } },
  consumer_headers: { Authorization: 'Zoho-oauthtoken {access_token}' },
  per_credential: { min_interval_s: 60 },
  authorize: {
    url: 'https://{accounts_host}/oauth/v2/auth',
    params: { access_type: 'offline', prompt: 'consent' },
    keep: {
      'accounts-server': {
        field: 'accounts_host',
        pattern: 'https://(accounts\\.zoho\\.(?:com|eu|in|com\\.au|jp|com\\.cn))',
      },
    },
    code_lifetime_s: 120,
  },
  revocation: {
    url: 'https://{accounts_host}/oauth/v2/token/revoke',
    token: 'refresh_token',
    params: { token: '{credential}' },
    client_auth: 'none',
  },
  rotates: 'never',
  lives: {
    cap: {
      tokens: 'refresh_token',
      most: 20,
      of: 'user',
    },
  },
  register_url: 'https://api-console.zoho.com/',
  unconfirmed: ['authorize.code_lifetime_s', 'errors.codes'],
});

/**
 * Snowflake (docs.snowflake.com, OAuth for custom clients; key-pair authentication): 10 minutes and
 * 90 days. With `grant: client_credentials` and a `private_key` the client signs its own tokens,
 * and no request is made for them; `account_user` is then ACCOUNT.USER in capitals,
 * `public_key_fingerprint` what DESC USER shows, and `token_kind` KEYPAIR_JWT.
 */
const snowflake = define({
  id: 'snowflake',
  title: 'Snowflake',
  token_url: 'https://{account}.snowflakecomputing.com/oauth/token-request',
  variables: { account: '[A-Za-z0-9][A-Za-z0-9._-]{0,100}' },
  client_auth: 'basic_raw',
  defaults: { token_kind: 'OAUTH' },
  grants: {
    authorization_code: {
      params: {
        ...CODE_GRANT.params,
        'enable_single_use_refresh_tokens?': '{enable_single_use_refresh_tokens}',
      },
    },
    refresh_token: CODE_AND_REFRESH.refresh_token,
    client_credentials: {
      params: {},
      client_auth: 'none',
      local: { access_token: '{jwt}', expires_in_s: 3540 },
    },
  },
  signed: {
    jwt: {
      alg: 'RS256',
      key: 'private_key',
      lifetime_s: 3540,
      claims: { iss: '{account_user}.{public_key_fingerprint}', sub: '{account_user}' },
    },
  },
  response: {
    ...STANDARD_RESPONSE,
    default_expires_in_s: 600,
    refresh_expires: [{ after_s: days(90), slides: false }],
  },
  consumer_headers: { 'X-Snowflake-Authorization-Token-Type': '{token_kind}' },
  authorize: {
    url: 'https://{account}.snowflakecomputing.com/oauth/authorize',
    default_scope: 'refresh_token',
    pkce: 'S256',
  },
  rotates: 'sometimes',
  register_url: 'https://docs.snowflake.com/en/user-guide/oauth-custom',
  unconfirmed: ['client_auth', 'response.refresh_expires', 'authorize'],
});

const SLACK = {
  token_url: 'https://slack.com/api/oauth.v2.access',
  required_fields: ['client_secret'],
  scope_separator: ',' as const,
  errors: {
    codes: {
      invalid_refresh_token: 'invalid_grant' as const,
      invalid_code: 'invalid_grant' as const,
      code_already_used: 'invalid_grant' as const,
      token_revoked: 'invalid_grant' as const,
      bad_client_secret: 'invalid_client' as const,
      invalid_client_id: 'invalid_client' as const,
      ratelimited: 'throttled' as const,
    },
  },
  revocation: {
    url: 'https://slack.com/api/auth.revoke',
    token: 'access_token' as const,
    params: { token: '{credential}' },
    client_auth: 'none' as const,
  },
  rotates: 'always' as const,
  register_url: 'https://docs.slack.dev/authentication/using-token-rotation',
  unconfirmed: ['authorize.code_lifetime_s', 'revocation'],
};

const SLACK_RESPONSE = {
  ...STANDARD_RESPONSE,
  ok_when: { path: 'ok', equals: true },
  token_types: ['bot', 'user'],
  default_expires_in_s: 43_200,
};

const SLACK_CONSENT = {
  url: 'https://slack.com/oauth/v2/authorize',
};

/** Slack with token rotation (docs.slack.dev), as the app's bot. 12 hours. */
const slack = define({
  ...SLACK,
  id: 'slack',
  title: 'Slack (bot)',
  response: { ...SLACK_RESPONSE, values: { team_id: 'team.id' } },
  authorize: { ...SLACK_CONSENT, default_scope: 'channels:read' },
});

/**
 * Slack for a person: a code's reply holds the person's token one level deeper than a refresh's.
 */
const slackUser = define({
  ...SLACK,
  id: 'slack-user',
  title: 'Slack (user)',
  grants: {
    authorization_code: {
      ...CODE_GRANT,
      response: {
        access_token: 'authed_user.access_token',
        refresh_token: 'authed_user.refresh_token',
        token_type: 'authed_user.token_type',
        scope: 'authed_user.scope',
        expires: { path: 'authed_user.expires_in', kind: 'seconds' },
      },
    },
    refresh_token: CODE_AND_REFRESH.refresh_token,
  },
  response: { ...SLACK_RESPONSE, values: { team_id: 'team.id' } },
  authorize: {
    ...SLACK_CONSENT,
    names: { scope: 'user_scope' },
    default_scope: 'channels:read',
  },
});

/**
 * Atlassian (developer.atlassian.com, OAuth 2.0 3LO). An hour; each refresh brings a new refresh
 * token, which dies after 90 days without use. A dead one is answered with 403.
 */
const atlassian = define({
  id: 'atlassian',
  title: 'Atlassian',
  token_url: 'https://auth.atlassian.com/oauth/token',
  body: 'json',
  required_fields: ['client_secret'],
  errors: { codes: { access_denied: 'invalid_client' } },
  max_token_bytes: 4096,
  authorize: {
    url: 'https://auth.atlassian.com/authorize',
    params: { audience: 'api.atlassian.com', prompt: 'consent' },
    default_scope: 'offline_access read:me',
    code_lifetime_s: 300,
  },
  account: { url: 'https://api.atlassian.com/me', path: 'account_id' },
  rotates: 'always',
  resend_within_s: 600,
  lives: { idle_s: days(90) },
  register_url: 'https://developer.atlassian.com/console/myapps/',
  unconfirmed: ['authorize.code_lifetime_s', 'resend_within_s'],
});

/**
 * Zoom (developers.zoom.us). An hour and about 90 days; a refresh token is used once. With
 * `account_id` and no credential a server-to-server app asks for itself.
 */
const zoom = define({
  id: 'zoom',
  title: 'Zoom',
  token_url: 'https://zoom.us/oauth/token',
  client_auth: 'basic',
  grants: {
    ...CODE_AND_REFRESH,
    client_credentials: {
      grant_type: 'account_credentials',
      params: { account_id: '{account_id}' },
      needs: ['client_secret'],
    },
  },
  default_grant: 'client_credentials',
  response: { ...STANDARD_RESPONSE, refresh_expires: [{ after_s: days(90), slides: true }] },
  authorize: {
    url: 'https://zoom.us/oauth/authorize',
    pkce: 'S256',
    code_lifetime_s: 300,
  },
  revocation: {
    url: 'https://zoom.us/oauth/revoke',
    token: 'access_token',
    params: { token: '{credential}' },
  },
  rotates: 'always',
  register_url: 'https://developers.zoom.us/docs/integrations/',
  unconfirmed: ['revocation'],
});

export const business = [
  salesforce,
  salesforceMarketingCloud,
  hubspot,
  klaviyo,
  quickbooks,
  xero,
  zoho,
  snowflake,
  slack,
  slackUser,
  atlassian,
  zoom,
];
