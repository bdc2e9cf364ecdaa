import {
  ACCESS,
  asClient,
  CLIENT_ID,
  CLIENT_SECRET,
  CODE,
  codeAndRefresh,
  INVALID_CLIENT,
  INVALID_GRANT,
  NEW,
  OLD,
  REDIRECT,
  VERIFIER,
  type WireFixture,
} from './fixture.ts';

const WALMART = {
  url: 'POST https://marketplace.walmartapis.com/v3/token',
  auth: 'basic' as const,
  lives: 900,
};
const FRESH_ID = /^[0-9a-f-]{36}$/;
const SHOP_URL = 'POST https://my-shop.myshopify.com/admin/oauth/access_token';
const SHOPIFY_REPLY = {
  access_token: ACCESS,
  scope: 'read_orders',
  expires_in: 3600,
  refresh_token: NEW,
  refresh_token_expires_in: 7_776_000,
};
const SHOPIFY_ISSUED = {
  access_token: ACCESS,
  refresh_token: NEW,
  lives: 3600,
  headers: { 'X-Shopify-Access-Token': ACCESS },
  values: { shop: 'my-shop' },
};

export const marketplacesWire: Record<string, WireFixture> = {
  'walmart-marketplace': {
    asks: [
      ...codeAndRefresh({
        ...WALMART,
        entry: { partner_id: '1000', market: 'us' },
        headers: {
          'wm_svc.name': 'Walmart Marketplace',
          'wm_qos.correlation_id': FRESH_ID,
          'wm_partner.id': '1000',
          wm_market: 'us',
        },
        keepsOld: true,
        issued: {
          headers: {
            'WM_SEC.ACCESS_TOKEN': ACCESS,
            'WM_SVC.NAME': 'Walmart Marketplace',
            'WM_QOS.CORRELATION_ID': '{uuid}',
            WM_MARKET: 'us',
          },
          values: { partner_id: '1000' },
        },
      }),
      asClient({
        ...WALMART,
        entry: { grant: 'client_credentials' },
        headers: { 'wm_qos.correlation_id': FRESH_ID },
        issued: {
          headers: {
            'WM_SEC.ACCESS_TOKEN': ACCESS,
            'WM_SVC.NAME': 'Walmart Marketplace',
            'WM_QOS.CORRELATION_ID': '{uuid}',
          },
        },
      }),
    ],
    dead: INVALID_GRANT,
    badClient: [401, '<html>'],
  },
  ebay: {
    entry: { environment: 'sandbox' },
    asks: [
      ...codeAndRefresh({
        url: 'POST https://api.sandbox.ebay.com/identity/v1/oauth2/token',
        auth: 'basic',
        lives: 7200,
        reply: { token_type: 'User Access Token', refresh_token_expires_in: 47_304_000 },
        refreshReply: { token_type: 'User Access Token' },
        keepsOld: true,
      }),
      asClient({
        url: 'POST https://api.sandbox.ebay.com/identity/v1/oauth2/token',
        auth: 'basic',
        entry: { grant: 'client_credentials', scope: 'https://api.ebay.com/oauth/api_scope' },
        params: {
          grant_type: 'client_credentials',
          scope: 'https://api.ebay.com/oauth/api_scope',
        },
        lives: 7200,
        reply: {
          access_token: ACCESS,
          expires_in: 7200,
          token_type: 'Application Access Token',
        },
      }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  etsy: {
    entry: { api_key: 'keystring:shared', code_verifier: VERIFIER },
    asks: codeAndRefresh({
      url: 'POST https://api.etsy.com/v3/public/oauth/token',
      auth: 'none',
      pkce: true,
      code: { client_id: CLIENT_ID },
      refresh: { client_id: CLIENT_ID },
      lives: 3600,
      issued: { headers: { 'x-api-key': 'keystring:shared' } },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  shopify: {
    entry: { shop: 'my-shop' },
    asks: [
      {
        grant: 'authorization_code',
        entry: { authorization_code: CODE, redirect_uri: REDIRECT },
        sent: [
          {
            to: SHOP_URL,
            kind: 'form',
            params: {
              grant_type: 'authorization_code',
              code: CODE,
              expiring: '1',
              client_id: CLIENT_ID,
              client_secret: CLIENT_SECRET,
            },
          },
        ],
        replies: [SHOPIFY_REPLY],
        issued: SHOPIFY_ISSUED,
      },
      {
        grant: 'refresh_token',
        entry: { refresh_token: OLD },
        sent: [
          {
            to: SHOP_URL,
            kind: 'form',
            params: {
              grant_type: 'refresh_token',
              refresh_token: OLD,
              client_id: CLIENT_ID,
              client_secret: CLIENT_SECRET,
            },
          },
        ],
        replies: [SHOPIFY_REPLY],
        issued: SHOPIFY_ISSUED,
      },
      asClient({
        url: SHOP_URL,
        auth: 'post',
        entry: { grant: 'client_credentials' },
        lives: 86_399,
        reply: { access_token: ACCESS, scope: 'read_orders', expires_in: 86_399 },
        issued: {
          headers: { 'X-Shopify-Access-Token': ACCESS },
          values: { shop: 'my-shop' },
        },
      }),
    ],
    dead: INVALID_GRANT,
    badClient: [400, { error: 'invalid_client' }],
  },
};
