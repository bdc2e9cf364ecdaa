import { fingerprint } from '../fingerprint.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { ReadingRules } from '../providers/reading.ts';
import { readingOf } from '../providers/reading-of.ts';
import { providers } from '../providers/registry.ts';
import { URL_REFUSED } from '../providers/url-policy.ts';
import { errorInText, type KnownError, knownError, shownText } from './known-error.ts';
import { readReply, replyText } from './read-reply.ts';
import { textAt, tokenAt } from './reply-fields.ts';
import { type AccessToken, type FoundToken, findAccessToken } from './reply-values.ts';
import { parseRetryAfter } from './retry-after.ts';
import { bringsTokenAnyway, isUnread } from './unread-answer.ts';
import {
  BAD_RESPONSE,
  UNKNOWN_OUTCOME,
  UNREAD_RESPONSE,
  VERDICTS,
  type Verdict,
  verdictOf,
} from './verdict.ts';

/** Describes what an exchange came to. The tokens in it are secrets. */
export type Judgement = IssuedToken | FailedExchange;

export interface IssuedToken extends AccessToken {
  kind: 'issued';
  refresh_token?: string;
}

export interface FailedExchange extends Verdict {
  kind: 'failed';
  /** How long the provider asks to be left alone. */
  retryAfterMs?: number;
  /** The reply's own error code, where it is a known one. */
  oauth_error?: string;
  /** Says what the definition's patterns match in the reply. */
  shown?: string;
  /** The reason why a token that is there cannot be used, in our own words. */
  cause?: string;
  /** Issued by a 2xx that is otherwise bad. */
  refresh_token?: string;
  /** Of an `unread_response`, the access token that could be read all the same. */
  access?: AccessToken;
}

/**
 * Says which tokens an exchange issued, or why it issued none (RFC 6749 sections 5.1 and 5.2). It
 * is read by the rules that were archived with it. Where there are none, or these find nothing, the
 * rules of the definition count. Never throws. `isHeld` knows the tokens that we hold, so that an
 * echo of one does not pass for a new one.
 */
export function judge(
  exchange: ArchivedExchange,
  definition = providers.get(exchange.provider),
  isHeld: (token: string) => boolean = () => false,
): Judgement {
  let first: Judgement | undefined;
  for (const rules of rulesFor(exchange, definition)) {
    const judgement = judgeBy(rules, exchange, isHeld);
    if (isRead(judgement)) {
      return judgement;
    }
    first ??= judgement;
  }
  return first ?? failed(BAD_RESPONSE, exchange);
}

/**
 * Returns the credential that an exchange made current, or null where there is none. It is what a
 * 2xx body holds at the refresh-token path, whatever else is wrong with the body. Of an adopted
 * entry it is what an operator had put into the map.
 */
export function issuedCredential(
  exchange: ArchivedExchange,
  definition = providers.get(exchange.provider),
): string | null {
  if (exchange.grant_type === 'adopted') {
    const { body } = readReply(exchange);
    return textAt(body, 'refresh_token') ?? null;
  }
  if (!isSuccess(exchange)) {
    return null;
  }
  const { body } = readReply(exchange);
  for (const { response } of rulesFor(exchange, definition)) {
    const credential = tokenAt(body, response.refresh_token);
    if (credential !== undefined) {
      return credential;
    }
  }
  return null;
}

/** Returns the archived rules first, then those of the definition as it is now. */
function rulesFor(
  { reading, grant_type }: ArchivedExchange,
  definition: Parameters<typeof judge>[1],
): ReadingRules[] {
  const rules = reading ? [reading] : [];
  return definition ? [...rules, readingOf(definition, grant_type)] : rules;
}

function isRead(judgement: Judgement): boolean {
  if (judgement.kind === 'issued') {
    return true;
  }
  return judgement.code !== 'bad_response' && judgement.code !== 'unread_response';
}

function judgeBy(
  rules: ReadingRules,
  exchange: ArchivedExchange,
  isHeld: (token: string) => boolean,
): Judgement {
  const { failure, status } = exchange;
  if (failure?.kind === 'not_sent') {
    const verdict = failure.code === URL_REFUSED ? INVALID_ENTRY : VERDICTS.unavailable;
    return failed(verdict, exchange);
  }
  if (isSuccess(exchange)) {
    return judgeSuccess(rules, exchange, isHeld);
  }
  if (status === null) {
    return failed(UNKNOWN_OUTCOME, exchange);
  }
  const error = errorOf(exchange, status, rules);
  const verdict = verdictOf(status, error?.meaning, rules.errors);
  const isRefusal = error !== undefined && verdict.retry === 'final';
  if (!isRefusal && bringsTokenAnyway(exchange, isHeld)) {
    return failed(UNREAD_RESPONSE, exchange);
  }
  return {
    ...failed(verdict, exchange),
    ...sayable(exchange, rules, error?.code),
  };
}

/**
 * Where the definition finds no code and knows nothing of the status, the whole text is looked at.
 * The page of a server in trouble may quote its own code.
 */
function errorOf(
  exchange: ArchivedExchange,
  status: number,
  { errors }: ReadingRules,
): KnownError | undefined {
  const error = knownError(readReply(exchange).body, errors);
  if (error || status >= 500 || errors.statuses?.[status] !== undefined) {
    return error;
  }
  return errorInText(replyText(exchange));
}

const INVALID_ENTRY: Verdict = { code: 'invalid_entry', retry: 'final' };

function judgeSuccess(
  rules: ReadingRules,
  exchange: ArchivedExchange,
  isHeld: (token: string) => boolean,
): Judgement {
  const reading = readReply(exchange);
  const refreshToken = tokenAt(reading.body, rules.response.refresh_token);
  // What came whole of an answer that was cut counts. Sending again would spend it.
  if (reading.kind === 'cut' && refreshToken === undefined) {
    return failed(UNKNOWN_OUTCOME, exchange);
  }
  const renewed = refreshToken === undefined ? {} : { refresh_token: refreshToken };
  const first = findAccessToken(reading.body, exchange.sent_at, rules.response);
  const found = notTheSpent(first, exchange, refreshToken);
  const error = refreshToken === undefined ? knownError(reading.body, rules.errors) : undefined;
  // A refusal is believed. What would be sent again must hold nothing that was issued.
  const isRefusal = error !== undefined && VERDICTS[error.meaning].retry === 'final';
  if (!isRefusal && isUnread(rules.response, exchange, isHeld)) {
    return {
      ...failed(UNREAD_RESPONSE, exchange),
      ...('token' in found && { access: found.token }),
      ...renewed,
    };
  }
  if ('token' in found) {
    return {
      kind: 'issued',
      ...found.token,
      ...renewed,
    };
  }
  return {
    ...failed(error ? VERDICTS[error.meaning] : BAD_RESPONSE, exchange),
    ...sayable(exchange, rules, error?.code),
    ...(found.cause !== null && { cause: found.cause }),
    ...renewed,
  };
}

/**
 * A server that echoes the refresh token as access token would have it published. At some platforms
 * one token is both.
 */
function notTheSpent(
  found: FoundToken,
  { spent, grant_type }: ArchivedExchange,
  refreshToken: string | undefined,
): FoundToken {
  if (!('token' in found) || grant_type !== 'refresh_token') {
    return found;
  }
  const { access_token } = found.token;
  const isSpent = access_token !== refreshToken && fingerprint(access_token) === spent;
  return isSpent ? { cause: 'its access token is the refresh token that was sent' } : found;
}

function failed(verdict: Verdict, { headers, received_at }: ArchivedExchange): FailedExchange {
  const mayPass = verdict.retry === 'throttled' || verdict.retry === 'transient';
  if (!mayPass) {
    return { kind: 'failed', ...verdict };
  }
  const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.parse(received_at));
  return {
    kind: 'failed',
    ...verdict,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Of a refusal, only these may leave the archive. */
function sayable(
  exchange: ArchivedExchange,
  { errors }: ReadingRules,
  code: string | undefined,
): Pick<FailedExchange, 'oauth_error' | 'shown'> {
  const shown = shownText(replyText(exchange), errors);
  return {
    ...(code !== undefined && { oauth_error: code }),
    ...(shown !== '' && { shown }),
  };
}

/**
 * Bytes that came without a status line may hold a token as well. An answer that a person has read
 * again counts whatever its status was.
 */
function isSuccess({ status, wire, grant_type }: ArchivedExchange): boolean {
  if (status === null) {
    return wire !== undefined;
  }
  return (status >= 200 && status < 300) || grant_type === 'reread';
}
