import {
  ACCESS,
  asClient,
  CANARY,
  CLIENT_ID,
  CLIENT_SECRET,
  codeAndRefresh,
  INVALID_CLIENT,
  INVALID_GRANT,
  type WireFixture,
} from './fixture.ts';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export const dspWire: Record<string, WireFixture> = {
  taboola: {
    asks: [
      asClient({
        url: 'POST https://backstage.taboola.com/backstage/oauth/token',
        auth: 'post',
        lives: 43_200,
      }),
    ],
    dead: null,
    badClient: [400, `<oauth><error>invalid_client ${CANARY}</error></oauth>`],
  },
  outbrain: {
    asks: [
      {
        grant: 'client_credentials',
        sent: [
          {
            to: 'GET https://api.outbrain.com/amplify/v0.1/login',
            basic: `${CLIENT_ID}:${CLIENT_SECRET}`,
            kind: 'query',
            params: {},
          },
        ],
        replies: [{ 'OB-TOKEN-V1': ACCESS }],
        issued: { access_token: ACCESS, lives: 2_592_000, headers: { 'OB-TOKEN-V1': ACCESS } },
      },
    ],
    dead: null,
    badClient: [401, 'Unauthorized'],
  },
  adroll: {
    asks: codeAndRefresh({
      url: 'POST https://services.adroll.com/auth/token',
      auth: 'post',
      lives: 86_400,
      issued: { values: { apikey: CLIENT_ID } },
    }),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  'the-trade-desk': {
    asks: [
      {
        grant: 'client_credentials',
        sent: [
          {
            to: 'POST https://api.thetradedesk.com/v3/authentication',
            kind: 'json',
            params: { Login: CLIENT_ID, Password: CLIENT_SECRET, TokenExpirationInMinutes: 1440 },
          },
        ],
        replies: [{ Token: ACCESS }],
        issued: { access_token: ACCESS, lives: 86_400, headers: { 'TTD-Auth': ACCESS } },
      },
    ],
    dead: null,
    badClient: [403, CANARY],
  },
  'yahoo-dsp': {
    asks: [
      asClient({
        url: 'POST https://id.b2b.yahooinc.com/identity/oauth2/access_token',
        auth: 'none',
        params: {
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: JWT,
          scope: 'dsp-api-access',
          realm: 'dsp',
        },
        lives: 3600,
        issued: { headers: { 'X-Auth-Method': 'Oauth2', 'X-Auth-Token': ACCESS } },
      }),
    ],
    dead: null,
    badClient: INVALID_CLIENT,
  },
  xandr: {
    asks: [
      {
        grant: 'client_credentials',
        sent: [
          {
            to: 'POST https://api.appnexus.com/auth',
            kind: 'json',
            params: { auth: { username: CLIENT_ID, password: CLIENT_SECRET } },
          },
        ],
        replies: [{ response: { status: 'OK', token: ACCESS } }],
        issued: { access_token: ACCESS, lives: 7200, headers: { Authorization: ACCESS } },
      },
    ],
    dead: null,
    badClient: [200, { response: { error_id: 'NOAUTH', error: CANARY } }],
  },
};
