import type { HttpAnswer, HttpRequest } from '../../lambda/ports.ts';

/**
 * How a server treats the refresh token it was just sent. `detect`: it dies, and if it is ever sent
 * again the whole family dies with it; `immediate`: it dies; `never`: it stays, and the reply
 * repeats it; `silent`: it stays, and the reply names none; `grace`: it stays until what it was
 * answered with is used, each use of it is answered with another token, and the newest answer ends
 * the one before; `alternate`: it dies until the one that it is answered with is sent, which is
 * answered with it again.
 */
export type Rotation = 'detect' | 'immediate' | 'never' | 'silent' | 'grace' | 'alternate';

interface Account {
  rotation: Rotation;
  /** Refresh tokens that the server accepts. */
  valid: Set<string>;
  /**
   * Every refresh token that it ever issued to the account, with the number of the consent it goes
   * back to.
   */
  family: Map<string, number>;
  consents: number;
  codes: Set<string>;
  /** Access tokens in the order they were issued. */
  accessTokens: string[];
  /** How often a refresh token that had been spent was sent again. */
  replays: number;
}

/**
 * An authorization server in memory, with rotation and reuse detection, that answers to any token
 * URL.
 */
export interface AuthorizationServer {
  accounts: Map<string, Account>;
  /** Opens an account and returns its first refresh token. */
  open(account: string, rotation: Rotation): string;
  /** A consent: every refresh token of before dies, and a code is issued. */
  consent(account: string): string;
  /** A fresh refresh token outside any exchange, as from another tool; those of before die. */
  reissue(account: string): string;
  /** What the server does with one request: its effect happens here, at once. */
  handle(request: HttpRequest): HttpAnswer;
  /** Whether it would accept the token. */
  accepts(refreshToken: string): boolean;
  newestAccessToken(account: string): string | undefined;
}

/** Records every code that comes to a server from now on. The list that it returns grows. */
export function recordCodes(server: AuthorizationServer): string[] {
  const codes: string[] = [];
  const { handle } = server;
  server.handle = (request) => {
    const code = new URLSearchParams(request.body).get('code');
    if (code) {
      codes.push(code);
    }
    return handle(request);
  };
  return codes;
}

const LIFETIME_S = 3600;

export function createAuthorizationServer(): AuthorizationServer {
  const accounts = new Map<string, Account>();
  let issuedCount = 0;
  const accountOf = (credential: string) =>
    [...accounts.values()].find(
      (account) => account.family.has(credential) || account.codes.has(credential),
    );
  const issueRefresh = (name: string, account: Account) => {
    const token = `refresh.${name}.${++issuedCount}`;
    account.valid.add(token);
    account.family.set(token, account.consents);
    return token;
  };
  const nameOf = (account: Account) => [...accounts].find(([, one]) => one === account)?.[0] ?? '';
  const issueAccess = (name: string, account: Account) => {
    const token = `access.${name}.${++issuedCount}`;
    account.accessTokens.push(token);
    return token;
  };

  /** The first use of a token ends what was sent before it. */
  function endOthers(account: Account, sent: string): void {
    for (const token of account.valid) {
      if (token !== sent) {
        account.valid.delete(token);
      }
    }
  }

  function refresh(sent: string): HttpAnswer {
    const account = accountOf(sent);
    if (!account) {
      return refuse('invalid_grant');
    }
    if (!account.valid.has(sent)) {
      account.replays++;
      if (account.rotation === 'detect') {
        revokeFamily(account, sent);
      }
      return refuse('invalid_grant');
    }
    const name = nameOf(account);
    if (account.rotation === 'never') {
      return issue(issueAccess(name, account), sent);
    }
    if (account.rotation === 'silent') {
      return issue(issueAccess(name, account));
    }
    if (account.rotation === 'grace') {
      endOthers(account, sent);
    } else {
      account.valid.delete(sent);
    }
    const other = account.rotation === 'alternate' && otherOf(account, sent);
    return issue(issueAccess(name, account), other || issueRefresh(name, account));
  }

  function redeem(code: string): HttpAnswer {
    const account = accountOf(code);
    if (!account?.codes.delete(code)) {
      return refuse('invalid_grant');
    }
    const name = nameOf(account);
    return issue(issueAccess(name, account), issueRefresh(name, account));
  }

  function mint(name: string): HttpAnswer {
    const account = accounts.get(name) ?? newAccount('never');
    accounts.set(name, account);
    return issue(issueAccess(name, account));
  }

  function issue(accessToken: string, refreshToken?: string): HttpAnswer {
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: LIFETIME_S,
      ...(refreshToken && { refresh_token: refreshToken }),
    };
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    };
  }

  return {
    accounts,
    open(name, rotation) {
      const account = newAccount(rotation);
      accounts.set(name, account);
      return issueRefresh(name, account);
    },
    consent(name) {
      const account = accounts.get(name) ?? newAccount('detect');
      accounts.set(name, account);
      account.valid.clear();
      account.consents++;
      const code = `code.${name}.${++issuedCount}`;
      account.codes.add(code);
      return code;
    },
    reissue(name) {
      const account = accounts.get(name) ?? newAccount('detect');
      account.valid.clear();
      account.consents++;
      return issueRefresh(name, account);
    },
    handle(request) {
      const sent = parameters(request);
      switch (sent.get('grant_type')) {
        case 'refresh_token':
          return refresh(sent.get('refresh_token') ?? '');
        case 'authorization_code':
          return redeem(sent.get('code') ?? '');
        case 'fulfillment_user_assertion':
          return mint(
            JSON.parse(Buffer.from(sent.get('assertion') ?? '', 'base64').toString()).user_id,
          );
        default:
          return mint(sent.get('client_id') ?? '');
      }
    },
    accepts: (token) => accountOf(token)?.valid.has(token) ?? false,
    newestAccessToken: (name) => accounts.get(name)?.accessTokens.at(-1),
  };
}

/** Returns the other credential of the same consent, which is accepted again. */
function otherOf({ family, valid }: Account, sent: string): string | undefined {
  const sameConsent = [...family].filter(([, consent]) => consent === family.get(sent));
  const other = sameConsent.map(([token]) => token).find((token) => token !== sent);
  if (other !== undefined) {
    valid.add(other);
  }
  return other;
}

function newAccount(rotation: Rotation): Account {
  return {
    rotation,
    valid: new Set(),
    family: new Map(),
    consents: 0,
    codes: new Set(),
    accessTokens: [],
    replays: 0,
  };
}

/** Reuse ends what goes back to the same consent (RFC 9700 section 4.14.2). */
function revokeFamily(account: Account, reused: string): void {
  for (const token of account.valid) {
    if (account.family.get(token) === account.family.get(reused)) {
      account.valid.delete(token);
    }
  }
}

function refuse(error: string): HttpAnswer {
  return {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ error })),
  };
}

function parameters({ body = '', headers }: HttpRequest): Map<string, string> {
  if (headers['content-type']?.includes('json') || body.startsWith('{')) {
    return new Map(Object.entries(JSON.parse(body)));
  }
  return new Map(new URLSearchParams(body));
}
