import {
  ACCESS,
  asClient,
  CANARY,
  CLIENT_ID,
  CLIENT_SECRET,
  CODE,
  codeAndRefresh,
  INVALID_CLIENT,
  INVALID_GRANT,
  NEW,
  OLD,
  REDIRECT,
  type WireFixture,
} from './fixture.ts';
import { RSA_KEY } from './keys.ts';

const SLACK = 'POST https://slack.com/api/oauth.v2.access';
const SLACK_DEAD: WireFixture['dead'] = [200, { ok: false, error: 'invalid_refresh_token' }];
const SLACK_BAD_CLIENT: WireFixture['dead'] = [200, { ok: false, error: 'bad_client_secret' }];
const CLIENT = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };

/** Snowflake compares the bytes of the header as they are. */
const SNOWFLAKE = {
  to: 'POST https://my-org.snowflakecomputing.com/oauth/token-request',
  basic: `${CLIENT_ID}:${CLIENT_SECRET}`,
  kind: 'form' as const,
};
const SNOWFLAKE_ISSUED = {
  access_token: ACCESS,
  lives: 600,
  headers: { 'X-Snowflake-Authorization-Token-Type': 'OAUTH' },
};

export const businessWire: Record<string, WireFixture> = {
  oauth2: {
    entry: { token_url: 'https://as.example/token', audience: 'api' },
    asks: [
      ...codeAndRefresh({
        url: 'POST https://as.example/token',
        auth: 'post',
        pkce: true,
        code: { audience: 'api' },
        refresh: { audience: 'api' },
        lives: 3600,
      }),
      asClient({
        url: 'POST https://as.example/token',
        auth: 'post',
        entry: { grant: 'client_credentials' },
        params: { grant_type: 'client_credentials', audience: 'api' },
        lives: 3600,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  salesforce: {
    entry: { host: 'acme.my.salesforce.com' },
    asks: [
      ...codeAndRefresh({
        url: 'POST https://acme.my.salesforce.com/services/oauth2/token',
        auth: 'post',
        pkce: true,
        lives: 7200,
        reply: { expires_in: undefined, instance_url: 'https://acme.my.salesforce.com' },
        keepsOld: true,
        issued: { values: { instance_url: 'https://acme.my.salesforce.com' } },
      }),
    ],
    dead: [400, { error: 'invalid_grant', error_description: 'expired access/refresh token' }],
    badClient: [400, { error: 'invalid_client' }],
  },
  'salesforce-marketing-cloud': {
    entry: { subdomain: 'mc123', account_id: '77' },
    asks: [
      asClient({
        url: 'POST https://mc123.auth.marketingcloudapis.com/v2/token',
        auth: 'post',
        kind: 'json',
        params: { grant_type: 'client_credentials', account_id: '77' },
        lives: 1079,
        reply: {
          access_token: ACCESS,
          token_type: 'Bearer',
          expires_in: 1079,
          rest_instance_url: 'https://mc123.rest.marketingcloudapis.com/',
        },
        issued: { values: { rest_instance_url: 'https://mc123.rest.marketingcloudapis.com/' } },
      }),
    ],
    dead: null,
    badClient: INVALID_CLIENT,
  },
  hubspot: {
    asks: codeAndRefresh({
      url: 'POST https://api.hubapi.com/oauth/2026-03/token',
      auth: 'post',
      lives: 1800,
      reply: { refresh_token: OLD },
      issued: { refresh_token: OLD },
    }),
    dead: [400, { status: 'BAD_REFRESH_TOKEN', message: CANARY }],
    badClient: [400, { status: 'BAD_CLIENT_SECRET', error: 'invalid_client' }],
  },
  klaviyo: {
    entry: { revision: '2026-10-15' },
    asks: codeAndRefresh({
      url: 'POST https://a.klaviyo.com/oauth/token',
      auth: 'basic',
      pkce: true,
      lives: 3600,
      issued: { headers: { revision: '2026-10-15' } },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  quickbooks: {
    entry: { realm_id: '4620816365' },
    asks: codeAndRefresh({
      url: 'POST https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
      auth: 'basic',
      headers: { 'x-include-refresh-token-hard-expires-in': 'true' },
      lives: 3600,
      reply: {
        x_refresh_token_expires_in: 8_640_000,
        x_refresh_token_hard_expires_in: 157_680_000,
      },
      issued: { values: { realm_id: '4620816365' } },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  xero: {
    entry: { xero_tenant_id: 'x1' },
    asks: [
      ...codeAndRefresh({
        url: 'POST https://identity.xero.com/connect/token',
        auth: 'basic',
        lives: 1800,
        issued: { headers: { 'xero-tenant-id': 'x1' } },
      }),
      asClient({
        url: 'POST https://identity.xero.com/connect/token',
        auth: 'basic',
        entry: { grant: 'client_credentials' },
        lives: 1800,
        issued: { headers: { 'xero-tenant-id': 'x1' } },
      }),
    ],
    dead: INVALID_GRANT,
    badClient: [400, { error: 'invalid_client' }],
  },
  zoho: {
    entry: { accounts_host: 'accounts.zoho.eu' },
    asks: codeAndRefresh({
      url: 'POST https://accounts.zoho.eu/oauth/v2/token',
      auth: 'post',
      lives: 3600,
      reply: { api_domain: 'https://www.zohoapis.eu' },
      keepsOld: true,
      issued: {
        headers: { Authorization: `Zoho-oauthtoken ${ACCESS}` },
        values: { accounts_host: 'accounts.zoho.eu', api_domain: 'https://www.zohoapis.eu' },
      },
    }),
    dead: [200, { error: 'invalid_code' }],
    badClient: [200, { error: 'invalid_client' }],
    throttled: [400, { error: 'Access Denied' }],
  },
  snowflake: {
    entry: { account: 'my-org' },
    asks: [
      {
        grant: 'authorization_code',
        entry: {
          authorization_code: CODE,
          redirect_uri: REDIRECT,
          enable_single_use_refresh_tokens: 'true',
        },
        sent: [
          {
            ...SNOWFLAKE,
            params: {
              grant_type: 'authorization_code',
              code: CODE,
              redirect_uri: REDIRECT,
              enable_single_use_refresh_tokens: 'true',
            },
          },
        ],
        replies: [
          { access_token: ACCESS, token_type: 'Bearer', expires_in: 600, refresh_token: NEW },
        ],
        issued: { ...SNOWFLAKE_ISSUED, refresh_token: NEW },
      },
      {
        grant: 'refresh_token',
        entry: { refresh_token: OLD },
        sent: [{ ...SNOWFLAKE, params: { grant_type: 'refresh_token', refresh_token: OLD } }],
        replies: [{ access_token: ACCESS, token_type: 'Bearer', expires_in: 600 }],
        issued: SNOWFLAKE_ISSUED,
      },
      {
        grant: 'client_credentials',
        local: true,
        entry: {
          grant: 'client_credentials',
          private_key: RSA_KEY,
          account_user: 'MY_ORG.ROBOT',
          public_key_fingerprint: 'SHA256:abc',
          token_kind: 'KEYPAIR_JWT',
        },
        sent: [],
        replies: [],
        issued: {
          access_token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
          lives: 3540,
          headers: { 'X-Snowflake-Authorization-Token-Type': 'KEYPAIR_JWT' },
        },
      },
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  slack: {
    asks: codeAndRefresh({
      url: SLACK,
      auth: 'post',
      lives: 43_200,
      reply: { ok: true, token_type: 'bot', team: { id: 'T1' } },
      issued: { values: { team_id: 'T1' } },
    }),
    dead: SLACK_DEAD,
    badClient: SLACK_BAD_CLIENT,
    throttled: [200, { ok: false, error: 'ratelimited' }],
  },
  'slack-user': {
    asks: [
      {
        grant: 'authorization_code',
        entry: { authorization_code: CODE, redirect_uri: REDIRECT },
        sent: [
          {
            to: SLACK,
            kind: 'form',
            params: {
              grant_type: 'authorization_code',
              code: CODE,
              redirect_uri: REDIRECT,
              ...CLIENT,
            },
          },
        ],
        replies: [
          {
            ok: true,
            authed_user: {
              access_token: ACCESS,
              token_type: 'user',
              expires_in: 43_200,
              refresh_token: NEW,
            },
          },
        ],
        issued: { access_token: ACCESS, refresh_token: NEW, lives: 43_200 },
      },
      {
        grant: 'refresh_token',
        entry: { refresh_token: OLD },
        sent: [
          {
            to: SLACK,
            kind: 'form',
            params: { grant_type: 'refresh_token', refresh_token: OLD, ...CLIENT },
          },
        ],
        replies: [
          {
            ok: true,
            access_token: ACCESS,
            token_type: 'user',
            expires_in: 43_200,
            refresh_token: NEW,
          },
        ],
        issued: { access_token: ACCESS, refresh_token: NEW, lives: 43_200 },
      },
    ],
    dead: SLACK_DEAD,
    badClient: SLACK_BAD_CLIENT,
    throttled: [200, { ok: false, error: 'ratelimited' }],
  },
  atlassian: {
    asks: codeAndRefresh({
      url: 'POST https://auth.atlassian.com/oauth/token',
      auth: 'post',
      kind: 'json',
      lives: 3600,
    }),
    dead: [403, { error: 'invalid_grant', error_description: CANARY }],
    badClient: [401, { error: 'access_denied', error_description: 'Unauthorized' }],
  },
  zoom: {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://zoom.us/oauth/token',
        auth: 'basic',
        pkce: true,
        lives: 3600,
      }),
      asClient({
        url: 'POST https://zoom.us/oauth/token',
        auth: 'basic',
        entry: { account_id: 'a1' },
        params: { grant_type: 'account_credentials', account_id: 'a1' },
        lives: 3600,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: [400, { error: 'invalid_client' }],
  },
};
