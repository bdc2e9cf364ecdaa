import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import OAuth2Server from '@node-oauth/oauth2-server';

/**
 * An authorization server of another maker than oidc-provider, with a consent page that a person
 * clicks. Refresh tokens rotate.
 */
export interface ClickedConsentServer {
  authorizeUrl: string;
  tokenUrl: string;
  /** Codes in the order in which they came to the token endpoint, each time. */
  codesSent: string[];
  /** Whether it would accept the refresh token. */
  accepts(refreshToken: string): boolean;
  close(): Promise<void>;
}

export const CLICKED_CLIENT = { client_id: 'clicked', client_secret: 'CANARY-clicked-secret' };

/** Starts it on a free port of 127.0.0.1, with one client. */
export async function startClickedConsentServer(
  redirectUri: string,
): Promise<ClickedConsentServer> {
  const model = createModel(redirectUri);
  const oauth = new OAuth2Server({ model, requireClientAuthentication: {} });
  const codesSent: string[] = [];
  const server = createServer((request, response) => {
    void answer(oauth, codesSent, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authorizeUrl: `${origin}/authorize`,
    tokenUrl: `${origin}/token`,
    codesSent,
    accepts: (refreshToken) => model.tokens.has(refreshToken),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  oauth: OAuth2Server,
  codesSent: string[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const body = Object.fromEntries(new URLSearchParams(await text(incoming)));
  const query = Object.fromEntries(url.searchParams);
  const request = new OAuth2Server.Request({
    headers: incoming.headers as Record<string, string>,
    method: incoming.method ?? 'GET',
    query,
    body,
  });
  const response = new OAuth2Server.Response();
  if (url.pathname === '/authorize' && incoming.method === 'GET') {
    outgoing.setHeader('content-type', 'text/html; charset=utf-8');
    outgoing.end(CONSENT_PAGE);
    return;
  }
  if (body.code) {
    codesSent.push(body.code);
  }
  const options = { authenticateHandler: { handle: () => ({ id: 'ann' }) } };
  await (url.pathname === '/authorize'
    ? oauth.authorize(request, response, options)
    : oauth.token(request, response)
  ).catch((error: { code?: number; name?: string }) => {
    if (response.status === 302) {
      return;
    }
    response.status = error.code ?? 500;
    response.body = { error: error.name ?? 'server_error' };
  });
  outgoing.writeHead(response.status ?? 200, {
    'content-type': 'application/json',
    ...response.headers,
  });
  outgoing.end(response.status === 302 ? '' : JSON.stringify(response.body));
}

/** The form is sent to its own address, whose query is the request. */
const CONSENT_PAGE = `<!doctype html><title>Platform</title><h1>Platform</h1>
<form method="post"><button name="allowed" value="true">Allow</button>
<button name="allowed" value="false">Refuse</button></form>`;

type Model = OAuth2Server.AuthorizationCodeModel &
  OAuth2Server.RefreshTokenModel & { tokens: Map<string, OAuth2Server.Token> };

function createModel(redirectUri: string): Model {
  const codes = new Map<string, OAuth2Server.AuthorizationCode>();
  const tokens = new Map<string, OAuth2Server.Token>();
  const client = {
    id: CLICKED_CLIENT.client_id,
    redirectUris: [redirectUri],
    grants: ['authorization_code', 'refresh_token'],
  };
  return {
    tokens,
    async getClient(id, secret) {
      const isKnown = secret === null || secret === CLICKED_CLIENT.client_secret;
      return id === client.id && isKnown && client;
    },
    async saveAuthorizationCode(code, owner, user) {
      const saved = { ...code, client: owner, user };
      codes.set(code.authorizationCode, saved);
      return saved;
    },
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    async saveToken(token, owner, user) {
      const saved = { ...token, client: owner, user };
      if (token.refreshToken) {
        tokens.set(token.refreshToken, saved);
      }
      return saved;
    },
    getAccessToken: async () => undefined,
    getRefreshToken: async (token) => tokens.get(token) as OAuth2Server.RefreshToken | undefined,
    revokeToken: async ({ refreshToken }) => tokens.delete(refreshToken),
  };
}
