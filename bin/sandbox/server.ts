import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * An authorization server on loopback, to try everything out against. Its accounts, tokens and
 * rules are made up.
 */
export interface Sandbox {
  /** Where an account's client asks for tokens. */
  tokenUrl(account: string): string;
  /** A client consents. Returns the code that its redirect would carry. */
  consent(account: string): string;
  /** A client's refresh token, as an earlier consent would have brought it. */
  issueRefreshToken(account: string): string;
  /** A client takes its consent back. Its refresh tokens are refused from now on. */
  withdraw(account: string): void;
  close(): Promise<void>;
}

export interface SandboxAccount {
  clientId: string;
  clientSecret: string;
  /**
   * Says whether every refresh brings a new refresh token, and the old one dies (RFC 9700 section
   * 4.14.2).
   */
  rotates: boolean;
}

interface AccountState extends SandboxAccount {
  codes: Set<string>;
  refreshTokens: Set<string>;
}

const TOKEN_LIFE_S = 3600;

/** Starts it on a free port of 127.0.0.1. Each answer takes `latencyMs`, as over a network. */
export async function startSandbox(
  accounts: ReadonlyMap<string, SandboxAccount>,
  latencyMs = 0,
): Promise<Sandbox> {
  const states = new Map<string, AccountState>(
    [...accounts].map(([name, account]) => [
      name,
      { ...account, codes: new Set(), refreshTokens: new Set() },
    ]),
  );
  const stateOf = (account: string): AccountState => {
    const state = states.get(account);
    if (!state) {
      throw new Error(`The sandbox has no account ${account}.`);
    }
    return state;
  };
  const server = createServer(async (request, response) => {
    const sent = parseParameters(request, await readBody(request));
    await delay(latencyMs);
    const state = states.get(/^\/([^/]+)\/token$/.exec(request.url ?? '')?.[1] ?? '');
    const answer = state ? grant(state, sent) : refuse('invalid_request');
    response
      .writeHead(answer.status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      .end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    tokenUrl: (account) => `http://127.0.0.1:${port}/${account}/token`,
    consent: (account) => remember(stateOf(account).codes, 'sandbox-code'),
    issueRefreshToken: (account) => remember(stateOf(account).refreshTokens, 'sandbox-refresh'),
    withdraw: (account) => stateOf(account).refreshTokens.clear(),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Answer {
  status: number;
  body: Record<string, string | number>;
}

function grant(state: AccountState, sent: ReadonlyMap<string, string>): Answer {
  if (
    sent.get('client_id') !== state.clientId ||
    sent.get('client_secret') !== state.clientSecret
  ) {
    return refuse('invalid_client', 401);
  }
  switch (sent.get('grant_type')) {
    case 'authorization_code':
      return state.codes.delete(sent.get('code') ?? '')
        ? issue(remember(state.refreshTokens, 'sandbox-refresh'))
        : refuse('invalid_grant');
    case 'refresh_token': {
      const token = sent.get('refresh_token') ?? '';
      if (!state.refreshTokens.has(token)) {
        return refuse('invalid_grant');
      }
      if (!state.rotates) {
        return issue(token);
      }
      state.refreshTokens.delete(token);
      return issue(remember(state.refreshTokens, 'sandbox-refresh'));
    }
    case 'client_credentials':
    case 'fulfillment_user_assertion':
      return issue();
    default:
      return refuse('unsupported_grant_type');
  }
}

function issue(refreshToken?: string): Answer {
  const token = {
    access_token: newToken('sandbox-access'),
    token_type: 'bearer',
    expires_in: TOKEN_LIFE_S,
  };
  return {
    status: 200,
    body: { ...token, ...(refreshToken !== undefined && { refresh_token: refreshToken }) },
  };
}

function refuse(error: string, status = 400): Answer {
  return { status, body: { error } };
}

function remember(tokens: Set<string>, kind: string): string {
  const token = newToken(kind);
  tokens.add(token);
  return token;
}

function newToken(kind: string): string {
  return `${kind}.${randomBytes(24).toString('base64url')}`;
}

/**
 * Returns the parameters of a form or JSON body, and the client of an Authorization header (RFC
 * 6749 section 2.3.1).
 */
function parseParameters({ headers }: IncomingMessage, body: string): Map<string, string> {
  const parameters = headers['content-type']?.includes('json')
    ? parseJson(body)
    : new Map(new URLSearchParams(body));
  const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic === undefined) {
    return parameters;
  }
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(formDecode);
  return parameters.set('client_id', id).set('client_secret', secret);
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function parseJson(body: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(body);
    return new Map(Object.entries(value ?? {}).map(([name, one]) => [name, String(one)]));
  } catch {
    return new Map();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
