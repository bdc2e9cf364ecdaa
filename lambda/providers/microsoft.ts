import type { GrantDefinition, ProviderDefinition } from './provider.ts';
import { CODE_GRANT, DEVICE_GRANT, days, define, REFRESH_GRANT } from './standard.ts';

const ADS_SCOPE = 'https://ads.microsoft.com/msads.manage offline_access';
const GRAPH_SCOPE = 'https://graph.microsoft.com/.default offline_access';

const HOST = 'https://login.microsoftonline.com/{directory}/oauth2/v2.0';

/**
 * Microsoft Entra ID (learn.microsoft.com/entra, v2.0). Every refresh brings a new refresh token,
 * which lives for 90 days unused (AADSTS700082). The scope is sent again with every refresh. The
 * codes that ask for the person are those of MSAL. `directory` is the Entra tenant.
 */
const ENTRA = {
  token_url: `${HOST}/token`,
  variables: { directory: '[A-Za-z0-9][A-Za-z0-9.-]*' },
  errors: {
    codes: {
      interaction_required: 'invalid_grant',
      consent_required: 'invalid_grant',
      login_required: 'invalid_grant',
      bad_token: 'invalid_grant',
      invalid_resource: 'invalid_scope',
    },
    show_patterns: ['AADSTS\\d{4,7}'],
  },
  max_concurrency: 5,
  min_interval_ms: 50,
  max_token_bytes: 4096,
  device_url: `${HOST}/devicecode`,
  rotates: 'always',
  lives: { idle_s: days(90) },
  register_url: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps',
} satisfies Partial<ProviderDefinition>;

const CONSENT = {
  url: `${HOST}/authorize`,
  params: { prompt: 'consent' },
  pkce: 'S256' as const,
  code_param: 'code',
  redirect: 'registered' as const,
  code_lifetime_s: 300,
};

function withScope(grant: GrantDefinition): GrantDefinition {
  return { ...grant, params: { ...grant.params, scope: '{scope}' } };
}

/** A refresh may leave the scope out. It then means the one that was granted. */
function withOptionalScope(grant: GrantDefinition): GrantDefinition {
  return { ...grant, params: { ...grant.params, 'scope?': '{scope}' } };
}

/**
 * Microsoft Advertising (learn.microsoft.com/advertising/guides/authentication-oauth-get-tokens).
 */
const microsoftAds = define({
  ...ENTRA,
  id: 'microsoft-ads',
  title: 'Microsoft Advertising',
  defaults: { directory: 'common', scope: ADS_SCOPE },
  grants: {
    authorization_code: withScope(CODE_GRANT),
    refresh_token: withScope(REFRESH_GRANT),
    device_code: DEVICE_GRANT,
  },
  consumer_headers: {
    DeveloperToken: '{developer_token}',
    CustomerId: '{customer_id}',
    CustomerAccountId: '{customer_account_id}',
  },
  authorize: { ...CONSENT, default_scope: ADS_SCOPE },
});

/**
 * Any API behind Microsoft Entra ID. With `grant: client_credentials` an app asks for itself; its
 * scope then ends in /.default.
 */
const entra = define({
  ...ENTRA,
  id: 'entra',
  title: 'Microsoft Entra ID',
  defaults: { directory: 'common' },
  grants: {
    authorization_code: withOptionalScope(CODE_GRANT),
    refresh_token: withOptionalScope(REFRESH_GRANT),
    device_code: DEVICE_GRANT,
    client_credentials: { params: { scope: '{scope}' }, needs: ['client_secret'] },
  },
  authorize: { ...CONSENT, default_scope: GRAPH_SCOPE },
});

/** The client names itself by a signed assertion (RFC 7523 section 2.2). */
function withCertificate(grant: GrantDefinition): GrantDefinition {
  return {
    ...grant,
    params: {
      ...grant.params,
      client_id: '{client_id}',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: '{jwt}',
    },
  };
}

/**
 * As `entra`, for an app with a certificate in place of a secret. `certificate_thumbprint` is the
 * Base64url form of the certificate's SHA-256 digest.
 */
const entraCertificate = define({
  ...ENTRA,
  id: 'entra-certificate',
  title: 'Microsoft Entra ID (certificate)',
  defaults: { directory: 'common' },
  client_auth: 'none',
  grants: {
    authorization_code: withCertificate(withOptionalScope(CODE_GRANT)),
    refresh_token: withCertificate(withOptionalScope(REFRESH_GRANT)),
    client_credentials: withCertificate(withScope({ params: {} })),
  },
  signed: {
    jwt: {
      alg: 'PS256',
      key: 'private_key',
      lifetime_s: 300,
      header: { 'x5t#S256': '{certificate_thumbprint}' },
      claims: {
        aud: '{token_url}',
        iss: '{client_id}',
        sub: '{client_id}',
        jti: '{uuid}',
      },
    },
  },
  authorize: { ...CONSENT, default_scope: GRAPH_SCOPE },
});

export const microsoftFamily = [microsoftAds, entra, entraCertificate];
