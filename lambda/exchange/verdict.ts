import type { ErrorCode } from '../outcome.ts';
import type { ErrorMeaning } from '../providers/provider.ts';
import type { ErrorsDefinition } from '../providers/reading.ts';

/** Describes what a refusal means for the tenant, and for asking again. */
export interface Verdict {
  code: ErrorCode;
  /**
   * `resend`: the provider may have issued a token that did not arrive, so the same credential is
   * sent again at once, once.
   */
  retry: 'resend' | 'transient' | 'throttled' | 'final';
}

export const VERDICTS: Readonly<Record<ErrorMeaning, Verdict>> = {
  invalid_grant: { code: 'needs_authorization', retry: 'final' },
  unauthorized_client: { code: 'needs_authorization', retry: 'final' },
  invalid_client: { code: 'app_rejected', retry: 'final' },
  invalid_request: { code: 'request_rejected', retry: 'final' },
  unsupported_grant_type: { code: 'request_rejected', retry: 'final' },
  invalid_scope: { code: 'request_rejected', retry: 'final' },
  throttled: { code: 'throttled', retry: 'throttled' },
  unavailable: { code: 'provider_unavailable', retry: 'transient' },
};
export const UNKNOWN_OUTCOME: Verdict = { code: 'unknown_outcome', retry: 'resend' };
export const BAD_RESPONSE: Verdict = { code: 'bad_response', retry: 'final' };
export const UNREAD_RESPONSE: Verdict = { code: 'unread_response', retry: 'final' };

/**
 * Judges a refusal by its status and the meaning of its code, if it has a known one. A 401 without
 * one means the client (RFC 6749 section 5.2), unless the definition says otherwise. A server in
 * trouble is asked again, but not where the code says that the client is at fault.
 */
export function verdictOf(
  status: number,
  meaning: ErrorMeaning | undefined,
  { statuses = {} }: ErrorsDefinition,
): Verdict {
  if (status === 429 || meaning === 'throttled') {
    return VERDICTS.throttled;
  }
  const ofStatus = meaning === undefined ? statuses[status] : undefined;
  if (ofStatus) {
    return VERDICTS[ofStatus];
  }
  const isInTrouble = status >= 500 || status === 408 || status === 425;
  if (isInTrouble && meaning !== 'invalid_client') {
    return VERDICTS.unavailable;
  }
  if (status >= 400 && meaning) {
    return VERDICTS[meaning];
  }
  return status === 401 ? VERDICTS.invalid_client : VERDICTS.invalid_request;
}
