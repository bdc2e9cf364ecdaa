import {
  ACCESS,
  asClient,
  CANARY,
  CLIENT_ID,
  codeAndRefresh,
  INVALID_CLIENT,
  INVALID_GRANT,
  type WireFixture,
} from './fixture.ts';
import { EC_KEY, RSA_KEY } from './keys.ts';

const GOOGLE_URL = 'POST https://oauth2.googleapis.com/token';
const ENTRA_URL = 'POST https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token';
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const ADS = { scope: 'https://ads.microsoft.com/msads.manage offline_access' };
const ASSERTION = {
  client_id: CLIENT_ID,
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: JWT,
};

/** Microsoft's own way to say that a person must sign in again. */
const INTERACTION: WireFixture['dead'] = [
  400,
  { error: 'interaction_required', error_description: `AADSTS50076: ${CANARY}` },
];

const google = (more: Partial<Parameters<typeof codeAndRefresh>[0]> = {}) =>
  codeAndRefresh({
    url: GOOGLE_URL,
    auth: 'post',
    pkce: true,
    lives: 3599,
    keepsOld: true,
    ...more,
  });

export const googleMicrosoftWire: Record<string, WireFixture> = {
  'google-ads': {
    entry: { developer_token: 'dt', login_customer_id: '77' },
    asks: google({ issued: { headers: { 'developer-token': 'dt', 'login-customer-id': '77' } } }),
    dead: INVALID_GRANT,
    badClient: [401, { error: 'deleted_client' }],
  },
  google: {
    asks: [
      ...google(),
      asClient({
        url: GOOGLE_URL,
        auth: 'none',
        entry: { private_key: RSA_KEY, scope: 'https://www.googleapis.com/auth/content' },
        params: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: JWT },
        lives: 3599,
      }),
    ],
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  'microsoft-ads-google': {
    asks: google(),
    dead: INVALID_GRANT,
    badClient: INVALID_CLIENT,
  },
  'microsoft-ads': {
    entry: { directory: 'contoso.example', customer_id: '9' },
    asks: codeAndRefresh({
      url: ENTRA_URL,
      auth: 'post',
      pkce: true,
      code: ADS,
      refresh: ADS,
      lives: 3600,
      issued: { headers: { CustomerId: '9' } },
    }),
    dead: INTERACTION,
    badClient: [401, { error: 'invalid_client', error_description: 'AADSTS7000215' }],
  },
  entra: {
    entry: { directory: 'contoso.example' },
    asks: [
      ...codeAndRefresh({ url: ENTRA_URL, auth: 'post', pkce: true, lives: 3600 }),
      asClient({
        url: ENTRA_URL,
        auth: 'post',
        entry: { grant: 'client_credentials', scope: 'https://graph.microsoft.com/.default' },
        params: {
          grant_type: 'client_credentials',
          scope: 'https://graph.microsoft.com/.default',
        },
        lives: 3599,
      }),
    ],
    dead: [400, { error: 'consent_required' }],
    badClient: INVALID_CLIENT,
  },
  'entra-certificate': {
    entry: {
      directory: 'contoso.example',
      private_key: RSA_KEY,
      certificate_thumbprint: 'dGh1bWI',
    },
    asks: [
      ...codeAndRefresh({
        url: ENTRA_URL,
        auth: 'none',
        pkce: true,
        code: ASSERTION,
        refresh: ASSERTION,
        lives: 3600,
      }),
      asClient({
        url: ENTRA_URL,
        auth: 'none',
        entry: { grant: 'client_credentials', scope: 'https://graph.microsoft.com/.default' },
        params: {
          grant_type: 'client_credentials',
          scope: 'https://graph.microsoft.com/.default',
          ...ASSERTION,
        },
        lives: 3599,
      }),
    ],
    dead: INTERACTION,
    badClient: INVALID_CLIENT,
  },
  'apple-ads': {
    entry: { private_key: EC_KEY, key_id: 'k1', team_id: 't1', org_id: '40' },
    asks: [
      asClient({
        url: 'POST https://appleid.apple.com/auth/oauth2/token',
        auth: 'none',
        params: {
          grant_type: 'client_credentials',
          client_id: CLIENT_ID,
          client_secret: JWT,
          scope: 'searchadsorg',
        },
        lives: 3600,
        issued: { access_token: ACCESS, headers: { 'X-AP-Context': 'orgId=40' } },
      }),
    ],
    dead: null,
    badClient: [400, { error: 'invalid_client' }],
  },
};
