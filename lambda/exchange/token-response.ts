import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { ErrorCode } from '../outcome.ts';
import type { ErrorMeaning, ProviderDefinition } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import { URL_REFUSED } from '../url-policy.ts';
import { bodyText, parseBody, textAt, valueAt } from './reply-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import { expiresAt } from './token-expiry.ts';

/** What an exchange came to. The tokens in it are secrets. */
export type Judgement = IssuedToken | FailedExchange;

interface IssuedToken {
  kind: 'issued';
  access_token: string;
  token_type: string;
  expires_at: string;
  scope?: string;
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

/**
 * Judges one exchange by its provider's definition: the tokens it issued, or why it issued none
 * (RFC 6749 sections 5.1 and 5.2). Never throws. A body that ended early counts all the same when
 * it is whole JSON: what it issued must not be lost.
 */
export function judge(
  exchange: ArchivedExchange,
  definition = providers.get(exchange.provider),
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
  if (status === null) return failed(UNKNOWN_OUTCOME, exchange);
  if (isSuccess(status)) return judgeSuccess(exchange, definition);
  const error = knownError(parseBody(exchange), definition);
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
  if (exchange.grant_type === 'adopted')
    return textAt(parseBody(exchange), 'refresh_token') ?? null;
  const path = definition?.response.refresh_token;
  const succeeded = exchange.status !== null && isSuccess(exchange.status);
  return succeeded && path ? (textAt(parseBody(exchange), path) ?? null) : null;
}

function judgeSuccess(exchange: ArchivedExchange, definition: ProviderDefinition): Judgement {
  const body = parseBody(exchange);
  if (body === undefined) return failed(UNKNOWN_OUTCOME, exchange);
  const refreshToken = issuedCredential(exchange, definition);
  const renewed = refreshToken === null ? {} : { refresh_token: refreshToken };
  const accessToken = usableAccessToken(body, definition);
  if (accessToken !== undefined) {
    const { response } = definition;
    const scope = textAt(body, response.scope);
    const expires_at =
      expiresAt(exchange.sent_at, valueAt(body, response.expires.path), response) ?? NO_END;
    return {
      kind: 'issued',
      ...accessToken,
      expires_at,
      ...(scope === undefined ? {} : { scope }),
      ...renewed,
    };
  }
  // A reply that issued a credential is no refusal, whatever it calls itself.
  const error = refreshToken === null ? knownError(body, definition) : undefined;
  const verdict = error ? VERDICTS[error.meaning] : BAD_RESPONSE;
  return {
    ...failed(verdict, exchange),
    ...sayable(exchange, definition, error?.code),
    ...renewed,
  };
}

/**
 * The access token and its type, or undefined where the envelope is not in order, there is none, or
 * consumers could not send it.
 */
function usableAccessToken(
  body: unknown,
  { response }: ProviderDefinition,
): Pick<IssuedToken, 'access_token' | 'token_type'> | undefined {
  if (response.ok_when && valueAt(body, response.ok_when.path) !== response.ok_when.equals)
    return undefined;
  const accessToken = textAt(body, response.access_token);
  const tokenType =
    (response.token_type === null ? undefined : textAt(body, response.token_type)) ?? 'bearer';
  if (
    accessToken === undefined ||
    !isVisibleAscii(accessToken) ||
    tokenType.toLowerCase() !== 'bearer'
  )
    return undefined;
  return { access_token: accessToken, token_type: tokenType };
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
  const text = bodyText(exchange);
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

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** RFC 6749 appendix A.12: anything else cannot stand in a header. */
function isVisibleAscii(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}
