/** One platform on the wire: what is sent for each grant, and what it answers. */
export interface WireFixture {
  /** What the tenant's entry has beside its provider, client and credential. */
  entry?: Record<string, unknown>;
  asks: readonly Ask[];
  /** A refusal of the last grant's credential. Null: this platform refuses none. */
  dead: Refusal | null;
  badClient: Refusal | null;
  throttled?: Refusal;
}

/** One grant: the request as it must arrive, the answer, and what becomes of it. */
export interface Ask {
  grant: string;
  /** Fields of the entry for this grant alone. */
  entry?: Record<string, unknown>;
  /** No request is made: the token is signed here. */
  local?: true;
  /** Several where a second exchange follows at once. */
  sent: readonly Sent[];
  replies: readonly unknown[];
  issued: Issued;
}

/** A request as the server sees it. */
export interface Sent {
  /** Method and URL without its query. */
  to: string;
  /** Of HTTP Basic: what stands in it, decoded. */
  basic?: string;
  kind: 'form' | 'json' | 'query';
  params: Record<string, unknown>;
  /** Headers that must be there, lower case. */
  headers?: Record<string, string | RegExp>;
}

interface Issued {
  access_token: string | RegExp;
  /** What the vault holds afterwards; undefined: the one it held. */
  refresh_token?: string | undefined;
  /** Seconds; null: no end. */
  lives: number | null;
  headers?: Record<string, string>;
  values?: Record<string, unknown>;
}

export type Refusal = readonly [status: number, body: unknown];

/** Every secret holds this text, so that one search finds them all. */
export const CANARY = 'CANARY';
export const CLIENT_ID = 'cid';
/** Characters that HTTP Basic and forms encode differently. */
export const CLIENT_SECRET = `${CANARY}-cs+/=`;
export const REDIRECT = 'https://agency.example/cb';
export const OLD = `${CANARY}-old`;
export const NEW = `${CANARY}-new`;
export const ACCESS = `${CANARY}-at`;
export const CODE = `${CANARY}-code`;
export const VERIFIER = `${CANARY}-verifier`;

export const INVALID_GRANT: Refusal = [400, { error: 'invalid_grant' }];
export const INVALID_CLIENT: Refusal = [401, { error: 'invalid_client' }];

type Auth = 'post' | 'basic' | 'none';

interface Usual {
  url: string;
  auth: Auth;
  kind?: Sent['kind'];
  /** The names of the client's parameters. */
  names?: [id: string, secret: string];
  pkce?: true;
  headers?: Record<string, string | RegExp>;
  lives: number;
  code?: Record<string, unknown>;
  refresh?: Record<string, unknown>;
  /** Beside access_token, expires_in and refresh_token. */
  reply?: Record<string, unknown>;
  /** Of the answer to a refresh, where it differs. */
  refreshReply?: Record<string, unknown>;
  /** A refresh answers without a refresh token. */
  keepsOld?: true;
  issued?: Partial<Issued>;
  entry?: Record<string, unknown>;
}

/** The code and refresh grants of a platform that follows RFC 6749. */
export function codeAndRefresh(usual: Usual): Ask[] {
  const { lives, reply = {}, refreshReply = reply, keepsOld, issued = {} } = usual;
  const success = {
    access_token: ACCESS,
    token_type: 'bearer',
    expires_in: lives,
    refresh_token: NEW,
  };
  const { refresh_token: _, ...withoutRefresh } = success;
  const verifier = usual.pkce ? { code_verifier: VERIFIER } : {};
  return [
    {
      grant: 'authorization_code',
      entry: { authorization_code: CODE, redirect_uri: REDIRECT, ...verifier, ...usual.entry },
      sent: [
        sentOf(usual, {
          grant_type: 'authorization_code',
          code: CODE,
          redirect_uri: REDIRECT,
          ...verifier,
          ...usual.code,
        }),
      ],
      replies: [{ ...success, ...reply }],
      issued: { access_token: ACCESS, refresh_token: NEW, lives, ...issued },
    },
    {
      grant: 'refresh_token',
      entry: { refresh_token: OLD, ...usual.entry },
      sent: [sentOf(usual, { grant_type: 'refresh_token', refresh_token: OLD, ...usual.refresh })],
      replies: [{ ...(keepsOld ? withoutRefresh : success), ...refreshReply }],
      issued: {
        access_token: ACCESS,
        ...(keepsOld ? {} : { refresh_token: NEW }),
        lives,
        ...issued,
      },
    },
  ];
}

/** A grant of the client itself. */
export function asClient(
  usual: Omit<Usual, 'code' | 'refresh'> & { params?: Record<string, unknown> },
): Ask {
  return {
    grant: 'client_credentials',
    entry: { ...usual.entry },
    sent: [sentOf(usual, usual.params ?? { grant_type: 'client_credentials' })],
    replies: [
      usual.reply ?? { access_token: ACCESS, token_type: 'Bearer', expires_in: usual.lives },
    ],
    issued: { access_token: ACCESS, lives: usual.lives, ...usual.issued },
  };
}

function sentOf(usual: Usual, params: Record<string, unknown>): Sent {
  const [id, secret] = usual.names ?? ['client_id', 'client_secret'];
  const client = usual.auth === 'post' ? { [id]: CLIENT_ID, [secret]: CLIENT_SECRET } : {};
  return {
    to: usual.url,
    kind: usual.kind ?? 'form',
    params: { ...params, ...client },
    ...(usual.auth === 'basic' ? { basic: `${CLIENT_ID}:${CANARY}-cs%2B%2F%3D` } : {}),
    ...(usual.headers ? { headers: usual.headers } : {}),
  };
}
