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

const META_URL = 'GET https://graph.facebook.com/v25.0/oauth/access_token';
const CLIENT = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
const HELD_CODE = { authorization_code: CODE, redirect_uri: REDIRECT };
const SHORT = `${CANARY}-short`;
const LONG = { access_token: NEW, token_type: 'bearer', expires_in: 5_183_944 };
const LONG_ISSUED = { access_token: NEW, refresh_token: NEW, lives: 5_183_944 };
const GRAPH_DEAD: WireFixture['dead'] = [
  400,
  { error: { message: CANARY, type: 'OAuthException', code: 190, error_subcode: 463 } },
];
const GRAPH_THROTTLED: WireFixture['dead'] = [400, { error: { code: 4, message: CANARY } }];

const BUSINESS = 'https://business-api.tiktok.com/open_api/v1.3';

export const socialWire: Record<string, WireFixture> = {
  meta: {
    asks: [
      {
        grant: 'authorization_code',
        entry: HELD_CODE,
        sent: [
          {
            to: META_URL,
            kind: 'query',
            params: { ...CLIENT, code: CODE, redirect_uri: REDIRECT },
          },
          {
            to: META_URL,
            kind: 'query',
            params: { ...CLIENT, grant_type: 'fb_exchange_token', fb_exchange_token: SHORT },
          },
        ],
        replies: [{ access_token: SHORT, token_type: 'bearer', expires_in: 5400 }, LONG],
        issued: LONG_ISSUED,
      },
      {
        grant: 'refresh_token',
        entry: { refresh_token: OLD },
        sent: [
          {
            to: META_URL,
            kind: 'query',
            params: { ...CLIENT, grant_type: 'fb_exchange_token', fb_exchange_token: OLD },
          },
        ],
        replies: [{ access_token: NEW, token_type: 'bearer' }],
        issued: { access_token: NEW, refresh_token: NEW, lives: 5_184_000 },
      },
    ],
    dead: GRAPH_DEAD,
    badClient: [400, { error: { code: 101, message: CANARY } }],
    throttled: GRAPH_THROTTLED,
  },
  instagram: {
    asks: [
      {
        grant: 'authorization_code',
        entry: HELD_CODE,
        sent: [
          {
            to: 'POST https://api.instagram.com/oauth/access_token',
            kind: 'form',
            params: {
              grant_type: 'authorization_code',
              code: CODE,
              redirect_uri: REDIRECT,
              ...CLIENT,
            },
          },
          {
            to: 'GET https://graph.instagram.com/access_token',
            kind: 'query',
            params: {
              grant_type: 'ig_exchange_token',
              client_secret: CLIENT_SECRET,
              access_token: SHORT,
            },
          },
        ],
        replies: [{ access_token: SHORT, user_id: 1, permissions: ['a', 'b'] }, LONG],
        issued: LONG_ISSUED,
      },
      {
        grant: 'refresh_token',
        entry: { refresh_token: OLD },
        sent: [
          {
            to: 'GET https://graph.instagram.com/refresh_access_token',
            kind: 'query',
            params: { grant_type: 'ig_refresh_token', access_token: OLD },
          },
        ],
        replies: [LONG],
        issued: LONG_ISSUED,
      },
    ],
    dead: GRAPH_DEAD,
    badClient: [400, { error: { code: 101, message: CANARY } }],
    throttled: GRAPH_THROTTLED,
  },
  pinterest: {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://api.pinterest.com/v5/oauth/token',
        auth: 'basic',
        code: { continuous_refresh: 'true' },
        lives: 2_592_000,
        reply: { refresh_token_expires_in: 5_184_000, scope: 'ads:read' },
      }),
      asClient({
        url: 'POST https://api.pinterest.com/v5/oauth/token',
        auth: 'basic',
        entry: { grant: 'client_credentials', scope: 'ads:read user_accounts:read' },
        params: { grant_type: 'client_credentials', scope: 'ads:read,user_accounts:read' },
        lives: 2_592_000,
      }),
    ],
    dead: [401, { code: 283, message: CANARY }],
    badClient: [401, { code: 2, message: CANARY }],
  },
  snapchat: {
    asks: codeAndRefresh({
      url: 'POST https://accounts.snapchat.com/login/oauth2/access_token',
      auth: 'post',
      lives: 1800,
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  linkedin: {
    entry: { linkedin_version: '202611' },
    asks: codeAndRefresh({
      url: 'POST https://www.linkedin.com/oauth/v2/accessToken',
      auth: 'post',
      lives: 5_184_000,
      reply: { refresh_token: OLD, refresh_token_expires_in: 439_200 },
      issued: {
        refresh_token: OLD,
        headers: { 'LinkedIn-Version': '202611', 'X-Restli-Protocol-Version': '2.0.0' },
      },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  reddit: {
    entry: { user_agent: 'server:agency:v1 (by /u/agency)' },
    asks: codeAndRefresh({
      url: 'POST https://www.reddit.com/api/v1/access_token',
      auth: 'basic',
      headers: { 'user-agent': 'server:agency:v1 (by /u/agency)' },
      lives: 3600,
      keepsOld: true,
      issued: { headers: { 'User-Agent': 'server:agency:v1 (by /u/agency)' } },
    }),
    dead: INVALID_GRANT,
    badClient: [401, { message: 'Unauthorized', error: 401 }],
  },
  'spotify-ads': {
    asks: codeAndRefresh({
      url: 'POST https://accounts.spotify.com/api/token',
      auth: 'basic',
      pkce: true,
      lives: 3600,
    }),
    dead: INVALID_GRANT,
    badClient: [400, { error: 'invalid_client' }],
  },
  'tiktok-business': {
    asks: [
      {
        grant: 'authorization_code',
        entry: HELD_CODE,
        sent: [
          {
            to: `POST ${BUSINESS}/oauth2/access_token/`,
            kind: 'json',
            params: { app_id: CLIENT_ID, secret: CLIENT_SECRET, auth_code: CODE },
          },
        ],
        replies: [
          {
            code: 0,
            message: 'OK',
            data: { access_token: ACCESS, advertiser_ids: ['71', '72'], scope: [4, 12] },
          },
        ],
        issued: {
          access_token: ACCESS,
          lives: null,
          headers: { 'Access-Token': ACCESS },
          values: { advertiser_ids: ['71', '72'] },
        },
      },
    ],
    dead: [200, { code: 40110, message: CANARY, data: {} }],
    badClient: [200, { code: 40113, message: CANARY }],
    throttled: [200, { code: 40100, message: CANARY }],
  },
  'tiktok-accounts': {
    asks: [
      {
        grant: 'authorization_code',
        entry: HELD_CODE,
        sent: [
          {
            to: `POST ${BUSINESS}/tt_user/oauth2/token/`,
            kind: 'json',
            params: {
              ...CLIENT,
              grant_type: 'authorization_code',
              auth_code: CODE,
              redirect_uri: REDIRECT,
            },
          },
        ],
        replies: [
          { code: 0, data: { access_token: ACCESS, expires_in: 86_400, refresh_token: NEW } },
        ],
        issued: {
          access_token: ACCESS,
          refresh_token: NEW,
          lives: 86_400,
          headers: { 'Access-Token': ACCESS },
        },
      },
      {
        grant: 'refresh_token',
        entry: { refresh_token: OLD },
        sent: [
          {
            to: `POST ${BUSINESS}/tt_user/oauth2/refresh_token/`,
            kind: 'json',
            params: { ...CLIENT, grant_type: 'refresh_token', refresh_token: OLD },
          },
        ],
        replies: [
          {
            code: 0,
            data: { access_token: ACCESS, expires_in: 86_400, refresh_token: NEW, open_id: 'o1' },
          },
        ],
        issued: {
          access_token: ACCESS,
          refresh_token: NEW,
          lives: 86_400,
          headers: { 'Access-Token': ACCESS },
          values: { open_id: 'o1' },
        },
      },
    ],
    dead: [200, { code: 40107, message: CANARY }],
    badClient: [200, { code: 40113, message: CANARY }],
    throttled: [200, { code: 40132, message: CANARY }],
  },
  tiktok: {
    asks: [
      ...codeAndRefresh({
        url: 'POST https://open.tiktokapis.com/v2/oauth/token/',
        auth: 'post',
        names: ['client_key', 'client_secret'],
        lives: 7200,
        reply: { open_id: 'o1', refresh_expires_in: 15_552_000 },
        issued: { values: { open_id: 'o1' } },
      }),
      asClient({
        url: 'POST https://open.tiktokapis.com/v2/oauth/token/',
        auth: 'post',
        names: ['client_key', 'client_secret'],
        entry: { grant: 'client_credentials' },
        lives: 7200,
      }),
    ],
    dead: [400, { error: 'invalid_grant', error_description: CANARY, log_id: '1' }],
    badClient: [401, { error: 'invalid_client', log_id: '1' }],
  },
};
