import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { closeProvider } from './close-provider.ts';

/**
 * A certified OpenID provider with a consent page that needs no person. It wants PKCE (S256), names
 * its issuer in redirects, and rotates.
 */
export interface ConsentServer {
  issuer: string;
  authorizeUrl: string;
  tokenUrl: string;
  /** What the next person at the consent page does. Default: gives consent. */
  answer: 'gives' | 'refuses';
  /**
   * Walks through the consent page as a browser does, and returns the address of the redirect back,
   * which it does not open.
   */
  walk(authorizationUrl: string): Promise<string>;
  accepts(refreshToken: string): Promise<boolean>;
  close(): Promise<void>;
}

export const CLIENT = { client_id: 'the-client', client_secret: 'CANARY-client-secret' };

/**
 * Starts the provider on a free port of 127.0.0.1, with one client that may be redirected to
 * `redirectUris`.
 */
export async function startConsentServer(redirectUris: readonly string[]): Promise<ConsentServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = createProvider(issuer, redirectUris);
  const callback = provider.callback();

  const consentServer: ConsentServer = {
    issuer,
    authorizeUrl: `${issuer}/auth`,
    tokenUrl: `${issuer}/token`,
    answer: 'gives',
    walk: (url) => walk(issuer, url),
    accepts: async (refreshToken) =>
      (await provider.RefreshToken.find(refreshToken))?.isValid ?? false,
    close: () => closeProvider(server),
  };
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) {
      return callback(request, response);
    }
    void answerOf(provider, consentServer.answer).then((result) =>
      provider.interactionFinished(request, response, result),
    );
  });
  return consentServer;
}

async function answerOf(provider: Provider, answer: ConsentServer['answer']): Promise<object> {
  if (answer === 'refuses') {
    return { error: 'access_denied', error_description: 'CANARY of the provider' };
  }
  const grant = new provider.Grant({ accountId: 'ann', clientId: CLIENT.client_id });
  grant.addOIDCScope('openid ads');
  return { login: { accountId: 'ann' }, consent: { grantId: await grant.save() } };
}

function createProvider(issuer: string, redirectUris: readonly string[]): Provider {
  return new Provider(issuer, {
    clients: [
      {
        ...CLIENT,
        application_type: redirectUris.some((uri) => uri.startsWith('http:')) ? 'native' : 'web',
        redirect_uris: redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: ['openid', 'ads'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    ttl: {
      Grant: 86_400,
      RefreshToken: 86_400,
      AccessToken: 3_600,
      IdToken: 3_600,
      Session: 86_400,
      Interaction: 3_600,
    },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  });
}

/** Follows redirects with their cookies as long as they stay at the server. */
async function walk(issuer: string, start: string): Promise<string> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let steps = 0; steps < 10; steps++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of reply.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/);
      cookies.set(name, value);
    }
    const location = reply.headers.get('location');
    if (location === null) {
      throw new Error(
        `The consent page answered ${reply.status}: ${(await reply.text()).slice(0, 300)}`,
      );
    }
    url = new URL(location, url).href;
    if (new URL(url).origin !== issuer) {
      return url;
    }
  }
  throw new Error('The consent page led in circles.');
}
