import { fingerprint } from '../fingerprint.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { ErrorCode } from '../outcome.ts';
import type { ErrorMeaning, ProviderDefinition } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import { URL_REFUSED } from '../url-policy.ts';
import { type Reading, readReply, replyText } from './read-reply.ts';
import { textAt, valueAt } from './reply-fields.ts';
import { parseRetryAfter } from './retry-after.ts';
import { expiresAt } from './token-expiry.ts';
import { holdsUnseenToken } from './unseen-token.ts';

/** What an exchange came to. The tokens in it are secrets. */
export type Judgement = IssuedToken | FailedExchange;

interface AccessToken {
  access_token: string;
  token_type: string;
  expires_at: string;
  scope?: string;
}

interface IssuedToken extends AccessToken {
  kind: 'issued';
  refresh_token?: string;
}

export interface FailedExchange {
  kind: 'failed';
  code: ErrorCode;
  /**
   * `resend`: the provider may have issued a token that did not arrive, so the same credential is
   * sent again at once, once.
   */
  retry: 'resend' | 'transient' | 'throttled' | 'final';
  /** How long the provider asks to be left alone. */
  retryAfterMs?: number;
  /** The reply's own error code, where it is a known one. */
  oauth_error?: string;
  /** What the definition's patterns match in the reply. */
  shown?: string;
  /** Issued by a 2xx that is otherwise bad. */
  refresh_token?: string;
  /** Of an `unread_response`: the access token that could be read all the same. */
  access?: AccessToken;
}

type Verdict = Pick<FailedExchange, 'code' | 'retry'>;

/** RFC 6749 section 5.2, and two codes of 4.1.2.1 that token endpoints answer as well. */
const STANDARD_ERRORS: ReadonlyMap<string, ErrorMeaning> = new Map([
  ['invalid_request', 'invalid_request'],
  ['invalid_client', 'invalid_client'],
  ['invalid_grant', 'invalid_grant'],
  ['unauthorized_client', 'unauthorized_client'],
  ['unsupported_grant_type', 'unsupported_grant_type'],
  ['invalid_scope', 'invalid_scope'],
  ['server_error', 'unavailable'],
  ['temporarily_unavailable', 'unavailable'],
]);

const VERDICTS: Readonly<Record<ErrorMeaning, Verdict>> = {
  invalid_grant: { code: 'needs_authorization', retry: 'final' },
  unauthorized_client: { code: 'needs_authorization', retry: 'final' },
  invalid_client: { code: 'app_rejected', retry: 'final' },
  invalid_request: { code: 'request_rejected', retry: 'final' },
  unsupported_grant_type: { code: 'request_rejected', retry: 'final' },
  invalid_scope: { code: 'request_rejected', retry: 'final' },
  throttled: { code: 'throttled', retry: 'throttled' },
  unavailable: { code: 'provider_unavailable', retry: 'transient' },
};
/** The end of a token that has none, so that ends can be compared. */
const NO_END = '9999-12-31T23:59:59.999Z';
const UNKNOWN_OUTCOME: Verdict = { code: 'unknown_outcome', retry: 'resend' };
const BAD_RESPONSE: Verdict = { code: 'bad_response', retry: 'final' };
const UNREAD_RESPONSE: Verdict = { code: 'unread_response', retry: 'final' };

/** The grants that spend what they send: an answer to one may hold the only valid credential. */
const SPENDING_GRANTS: ReadonlySet<string> = new Set(['authorization_code', 'refresh_token']);

/**
 * Judges one exchange by its provider's definition: the tokens it issued, or why it issued none
 * (RFC 6749 sections 5.1 and 5.2). Never throws. `isHeld` knows the tokens that we hold, so that an
 * echo of one does not pass for a new one.
 */
export function judge(
  exchange: ArchivedExchange,
  definition = providers.get(exchange.provider),
  isHeld: (token: string) => boolean = () => false,
): Judgement {
  const { failure, status } = exchange;
  if (!definition) return failed(BAD_RESPONSE, exchange);
  if (failure?.kind === 'not_sent')
    return failed(
      failure.code === URL_REFUSED
        ? { code: 'invalid_entry', retry: 'final' }
        : VERDICTS.unavailable,
      exchange,
    );
  if (isSuccess(exchange)) return judgeSuccess(exchange, definition, isHeld);
  if (status === null) return failed(UNKNOWN_OUTCOME, exchange);
  const error = knownError(readReply(exchange).body, definition);
  return {
    ...failed(verdictOf(status, error?.meaning), exchange),
    ...sayable(exchange, definition, error?.code),
  };
}

/**
 * The credential that an exchange made current: what a 2xx body holds at the definition's
 * refresh-token path, whatever else is wrong with it, or what an operator had put into the map.
 * Null where there is none.
 */
export function issuedCredential(
  exchange: ArchivedExchange,
  definition = providers.get(exchange.provider),
): string | null {
  const isAdopted = exchange.grant_type === 'adopted';
  const path = isAdopted ? 'refresh_token' : definition?.response.refresh_token;
  if (!path || !(isAdopted || isSuccess(exchange))) return null;
  return textAt(readReply(exchange).body, path) ?? null;
}

function judgeSuccess(
  exchange: ArchivedExchange,
  definition: ProviderDefinition,
  isHeld: (token: string) => boolean,
): Judgement {
  const reading = readReply(exchange);
  const refreshToken = issuedCredential(exchange, definition);
  const renewed = refreshToken === null ? {} : { refresh_token: refreshToken };
  // What came whole of an answer that was cut counts. Sending again would spend it.
  if (reading.kind === 'cut' && refreshToken === null) return failed(UNKNOWN_OUTCOME, exchange);
  const access = usableAccessToken(reading.body, exchange, definition);
  const error = refreshToken === null ? knownError(reading.body, definition) : undefined;
  const isSeen = (value: string) =>
    value === refreshToken ||
    value === textAt(reading.body, definition.response.access_token) ||
    fingerprint(value) === exchange.spent ||
    isHeld(value);
  if (!error && isUnread(exchange, reading, isSeen))
    return { ...failed(UNREAD_RESPONSE, exchange), ...(access ? { access } : {}), ...renewed };
  if (access) return { kind: 'issued', ...access, ...renewed };
  return {
    ...failed(error ? VERDICTS[error.meaning] : BAD_RESPONSE, exchange),
    ...sayable(exchange, definition, error?.code),
    ...renewed,
  };
}

/** A grant that spends nothing can be asked again: nothing that it issued is the only one. */
function isUnread(
  { grant_type }: ArchivedExchange,
  reading: Reading,
  isSeen: (value: string) => boolean,
): boolean {
  if (!SPENDING_GRANTS.has(grant_type) || reading.kind === 'cut') return false;
  return reading.kind === 'unread' || holdsUnseenToken(reading, isSeen);
}

/**
 * The access token, or undefined where the envelope is not in order, there is none, or consumers
 * could not send it.
 */
function usableAccessToken(
  body: unknown,
  { sent_at }: ArchivedExchange,
  { response }: ProviderDefinition,
): AccessToken | undefined {
  if (response.ok_when && valueAt(body, response.ok_when.path) !== response.ok_when.equals)
    return undefined;
  const accessToken = textAt(body, response.access_token);
  const tokenType =
    (response.token_type === null ? undefined : textAt(body, response.token_type)) ?? 'bearer';
  const isBearer = tokenType.toLowerCase() === 'bearer';
  if (accessToken === undefined || !isVisibleAscii(accessToken) || !isBearer) return undefined;
  const scope = textAt(body, response.scope);
  return {
    access_token: accessToken,
    token_type: tokenType,
    expires_at: expiresAt(sent_at, valueAt(body, response.expires.path), response) ?? NO_END,
    ...(scope === undefined ? {} : { scope }),
  };
}

function verdictOf(status: number, meaning: ErrorMeaning | undefined): Verdict {
  if (status === 429 || meaning === 'throttled') return VERDICTS.throttled;
  if (status >= 500 || status === 408 || status === 425) return VERDICTS.unavailable;
  if (status >= 400 && meaning) return VERDICTS[meaning];
  return VERDICTS.invalid_request;
}

function failed(verdict: Verdict, { headers, received_at }: ArchivedExchange): FailedExchange {
  const waits = verdict.retry === 'throttled' || verdict.retry === 'transient';
  const retryAfterMs = waits
    ? parseRetryAfter(headers['retry-after'], Date.parse(received_at))
    : undefined;
  return { kind: 'failed', ...verdict, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * Of a reply, only a known error code and the matches of the definition's patterns may leave the
 * archive.
 */
function sayable(
  exchange: ArchivedExchange,
  { errors }: ProviderDefinition,
  code?: string,
): Pick<FailedExchange, 'oauth_error' | 'shown'> {
  const text = replyText(exchange);
  const shown = (errors?.show_patterns ?? [])
    .flatMap((pattern) => text.match(new RegExp(pattern))?.[0] ?? [])
    .join(' ');
  return {
    ...(code === undefined ? {} : { oauth_error: code }),
    ...(shown === '' ? {} : { shown }),
  };
}

function knownError(
  body: unknown,
  { errors }: ProviderDefinition,
): { code: string; meaning: ErrorMeaning } | undefined {
  const value = valueAt(body, errors?.code_path ?? 'error');
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const code = String(value);
  const own = Object.entries(errors?.codes ?? {}).find(([listed]) => listed === code)?.[1];
  const meaning = own ?? STANDARD_ERRORS.get(code);
  return meaning && { code, meaning };
}

/** Bytes that came without a status line may hold a token as well. */
function isSuccess({ status, wire }: ArchivedExchange): boolean {
  return status === null ? wire !== undefined : status >= 200 && status < 300;
}

/** RFC 6749 appendix A.12: anything else cannot stand in a header. */
function isVisibleAscii(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}
