import type { ResponseDefinition } from '../providers/reading.ts';
import { isBlank, textAt, tokenAt, valueAt } from './reply-fields.ts';
import { expiresAt } from './token-expiry.ts';

/** Holds an access token and what consumers need beside it. */
export interface AccessToken {
  access_token: string;
  token_type: string;
  /** Null: it has no end. */
  expires_at: string | null;
  scope?: string;
  /** Facts that are no secret, by the definition's list. */
  values?: Record<string, ReplyValue>;
}

/** A fact of a reply that callers need. */
export type ReplyValue = string | number | boolean | readonly (string | number)[];

/** Holds a reply's access token, or says in our own words why it cannot be used. */
export type FoundToken = { token: AccessToken } | { cause: string | null };

/** Longer values would fill a secret of 64 KB alone. */
const MOST_CHARACTERS = {
  token: 16_384,
  scope: 4096,
  value: 2048,
};

/**
 * Returns the access token of a reply. There is none where the envelope is not in order, its type is
 * not accepted, or consumers could not send it.
 */
export function findAccessToken(
  body: unknown,
  sentAt: string,
  response: ResponseDefinition,
): FoundToken {
  const { ok_when } = response;
  if (ok_when && valueAt(body, ok_when.path) !== ok_when.equals) {
    return { cause: null };
  }
  const accessToken = tokenAt(body, response.access_token);
  if (accessToken === undefined) {
    return { cause: null };
  }
  const cause = tokenProblem(accessToken) ?? typeProblem(body, response);
  if (cause) {
    return { cause };
  }
  const scope = scopeAt(body, response);
  const values = valuesAt(body, response);
  const toldExpiry = valueAt(body, response.expires.path);
  return {
    token: {
      access_token: accessToken,
      token_type: tokenType(body, response),
      expires_at: expiresAt(sentAt, toldExpiry, response),
      ...(scope !== undefined && { scope }),
      ...(values !== undefined && { values }),
    },
  };
}

/** A header takes no other characters (RFC 6749 appendix A.12). */
function tokenProblem(token: string): string | null {
  const most = MOST_CHARACTERS.token;
  if (!/^[\x20-\x7e]+$/.test(token)) {
    return 'its access token has characters that no header takes';
  }
  if (token.length > most) {
    return `its access token is longer than ${most} characters`;
  }
  return null;
}

function typeProblem(
  body: unknown,
  { token_type, token_types = [] }: ResponseDefinition,
): string | null {
  const told = textAt(body, token_type)?.toLowerCase() ?? 'bearer';
  const isAccepted = told === 'bearer' || token_types.includes(told);
  return isAccepted ? null : 'its token_type is none that consumers could use';
}

/** Accepted types other than Bearer are sent as Bearer. */
function tokenType(body: unknown, { token_type }: ResponseDefinition): string {
  const told = textAt(body, token_type) ?? 'bearer';
  return told.toLowerCase() === 'bearer' ? told : 'bearer';
}

/** Returns the scope, which may be a list. One that is too long to be published is left out. */
function scopeAt(body: unknown, { scope }: ResponseDefinition): string | undefined {
  const told = valueAt(body, scope);
  const list = Array.isArray(told) ? told : [told];
  const text = list.every(isTextOrNumber) ? list.join(' ') : '';
  const isUsable = !isBlank(text) && text.length <= MOST_CHARACTERS.scope;
  return isUsable ? text : undefined;
}

function valuesAt(
  body: unknown,
  { values = {} }: ResponseDefinition,
): Record<string, ReplyValue> | undefined {
  const found = Object.entries(values).flatMap(([name, paths]): [string, ReplyValue][] => {
    const value = valueAt(body, paths);
    return isReplyValue(value) ? [[name, value]] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function isReplyValue(value: unknown): value is ReplyValue {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isKnown = typeof value === 'boolean' || values.every(isTextOrNumber);
  return isKnown && JSON.stringify(value).length <= MOST_CHARACTERS.value;
}

function isTextOrNumber(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
