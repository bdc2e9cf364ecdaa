import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { closeProvider } from './close-provider.ts';

/**
 * A certified OpenID provider with refresh-token rotation: one that is sent twice kills its whole
 * family.
 */
export interface OidcServer {
  tokenUrl: string;
  /** What a consent page would have led to: a grant, and its first refresh token. */
  consent(client: OidcClient, account: string): Promise<string>;
  /** Whether the server would accept the token. */
  accepts(refreshToken: string): Promise<boolean>;
  /** How many families died because a spent token was sent. */
  revokedGrants(): number;
  close(): Promise<void>;
}

export interface OidcClient {
  client_id: string;
  client_secret: string;
  token_endpoint_auth_method: 'client_secret_post' | 'client_secret_basic';
}

const SCOPE = 'openid offline_access';

/** Starts the provider on a free port of 127.0.0.1. */
export async function startOidcServer(clients: readonly OidcClient[]): Promise<OidcServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: clients.map((client) => ({
      ...client,
      redirect_uris: ['https://app.example/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    })),
    ttl: { Grant: 86_400, RefreshToken: 86_400, AccessToken: 3_600, IdToken: 3_600 },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    features: { devInteractions: { enabled: false } },
  });
  let revoked = 0;
  provider.on('grant.revoked', () => (revoked += 1));
  server.on('request', provider.callback());

  return {
    tokenUrl: `${issuer}/token`,
    async consent({ client_id: clientId }, accountId) {
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope(SCOPE);
      const grantId = await grant.save();
      const client = await provider.Client.find(clientId);
      return new provider.RefreshToken({
        accountId,
        client,
        grantId,
        gty: 'authorization_code',
        scope: SCOPE,
      }).save();
    },
    accepts: async (refreshToken) =>
      (await provider.RefreshToken.find(refreshToken))?.isValid ?? false,
    revokedGrants: () => revoked,
    close: () => closeProvider(server),
  };
}
