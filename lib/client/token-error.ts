/**
 * The reason that there is no access token.
 *
 * - `unknown_tenant`: no shard that was looked at has it.
 * - `not_authorized`: an IAM permission is missing, which the message names.
 * - `busy`: somebody else is at it, or AWS throttles.
 * - `failing`: its refresh fails, and `failure` says how.
 * - `unavailable`: a secret, a home or the refresh function is not there or does not answer.
 */
export type TokenErrorCode =
  | 'unknown_tenant'
  | 'not_authorized'
  | 'busy'
  | 'failing'
  | 'unavailable';

export interface TokenErrorFacts {
  code: TokenErrorCode;
  tenant: string;
  /** One sentence that says what happened. */
  what: string;
  nextStep: string;
  retryable: boolean;
  failure?: string;
}

/**
 * No access token can be given for a tenant. Its message says what happened and what to do next,
 * and holds no secret.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;
  readonly tenant: string;
  /** The next thing that a person can do. */
  readonly nextStep: string;
  /** True if the same call may succeed later without anybody doing anything. */
  readonly retryable: boolean;
  /**
   * Of `failing`: the error code of the tenant's last outcome, such as `needs_authorization`; null
   * where it was not even asked.
   */
  readonly failure: string | null;

  constructor({ code, tenant, what, nextStep, retryable, failure }: TokenErrorFacts) {
    super(`${what} ${nextStep}`);
    this.code = code;
    this.tenant = tenant;
    this.nextStep = nextStep;
    this.retryable = retryable;
    this.failure = failure ?? null;
  }
}
