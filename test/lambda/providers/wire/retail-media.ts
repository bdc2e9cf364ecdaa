import {
  ACCESS,
  asClient,
  CANARY,
  CLIENT_ID,
  CLIENT_SECRET,
  codeAndRefresh,
  INVALID_CLIENT,
  INVALID_GRANT,
  REDIRECT,
  type WireFixture,
} from './fixture.ts';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export const retailMediaWire: Record<string, WireFixture> = {
  'amazon-ads': {
    entry: { region: 'eu', profile_id: '123' },
    asks: codeAndRefresh({
      url: 'POST https://api.amazon.co.uk/auth/o2/token',
      auth: 'post',
      pkce: true,
      lives: 3600,
      issued: {
        headers: {
          'Amazon-Advertising-API-ClientId': CLIENT_ID,
          'Amazon-Advertising-API-Scope': '123',
        },
      },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  'amazon-sp-api': {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://api.amazon.com/auth/o2/token',
        auth: 'post',
        lives: 3600,
        issued: { headers: { 'x-amz-access-token': ACCESS } },
      }),
      asClient({
        url: 'POST https://api.amazon.com/auth/o2/token',
        auth: 'post',
        entry: { grant: 'client_credentials', scope: 'sellingpartnerapi::notifications' },
        params: { grant_type: 'client_credentials', scope: 'sellingpartnerapi::notifications' },
        lives: 3600,
        issued: { headers: { 'x-amz-access-token': ACCESS } },
      }),
    ],
    dead: [400, { error: 'invalid_grant', error_description: CANARY }],
    badClient: INVALID_CLIENT,
  },
  'instacart-ads': {
    asks: codeAndRefresh({
      url: 'POST https://api.ads.instacart.com/oauth/token',
      auth: 'post',
      kind: 'json',
      lives: 3600,
      reply: { created_at: 1 },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  'instacart-connect': {
    asks: [
      {
        grant: 'fulfillment_user_assertion',
        entry: { user_id: 'u-123', scope: 'connect:post_checkout' },
        sent: [
          {
            to: 'POST https://connect.instacart.com/v2/oauth/token',
            kind: 'json',
            params: {
              grant_type: 'fulfillment_user_assertion',
              assertion: 'eyJ1c2VyX2lkIjoidS0xMjMifQ==',
              scope: 'connect:post_checkout',
              client_id: CLIENT_ID,
              client_secret: CLIENT_SECRET,
            },
          },
        ],
        replies: [{ access_token: ACCESS, token_type: 'Bearer', expires_in: 86_400 }],
        issued: { access_token: ACCESS, lives: 86_400 },
      },
      asClient({
        url: 'POST https://connect.dev.instacart.tools/v2/oauth/token',
        auth: 'post',
        kind: 'json',
        entry: { environment: 'development' },
        lives: 86_400,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: [403, { error: 'query_params_forbidden' }],
  },
  criteo: {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://api.criteo.com/oauth2/token',
        auth: 'post',
        lives: 900,
      }),
      asClient({ url: 'POST https://api.criteo.com/oauth2/token', auth: 'post', lives: 900 }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  citrusad: {
    entry: { host: 'eu-ads.rmn.dotomi.com' },
    asks: [
      asClient({
        url: 'POST https://eu-ads.rmn.dotomi.com/v1/oauth2/token',
        auth: 'basic',
        lives: 3600,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  kroger: {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://api.kroger.com/v1/connect/oauth2/token',
        auth: 'basic',
        pkce: true,
        lives: 1800,
      }),
      asClient({
        url: 'POST https://api.kroger.com/v1/connect/oauth2/token',
        auth: 'basic',
        entry: { grant: 'client_credentials', scope: 'product.compact' },
        params: { grant_type: 'client_credentials', scope: 'product.compact' },
        lives: 1800,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  uber: {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://auth.uber.com/oauth/v2/token',
        auth: 'post',
        lives: 2_592_000,
      }),
      asClient({
        url: 'POST https://auth.uber.com/oauth/v2/token',
        auth: 'post',
        entry: { grant: 'client_credentials', scope: 'eats.deliveries' },
        params: { grant_type: 'client_credentials', scope: 'eats.deliveries' },
        lives: 2_592_000,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  doordash: {
    entry: { key_id: 'k1', signing_secret: 'Q0FOQVJZLWtleQ', redirect_uri: REDIRECT },
    asks: [
      {
        grant: 'client_credentials',
        local: true,
        sent: [],
        replies: [],
        issued: { access_token: JWT, lives: 1740 },
      },
    ],
    dead: null,
    badClient: null,
  },
};
