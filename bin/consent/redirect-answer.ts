import { createHash, timingSafeEqual } from 'node:crypto';
import { CommandError } from '../errors.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { parametersOf, trimAddress } from './pasted-code.ts';

/**
 * The answer that a redirect back from a consent page brings. `foreign`: it does not answer this
 * request, and another may still come. `unproven`: it says that consent was refused, but has no
 * state, so anybody may have made it.
 */
export type RedirectAnswer =
  | { kind: 'code'; code: string; keep?: Readonly<Record<string, string>> }
  | { kind: 'refused'; message: string }
  | { kind: 'foreign'; message: string }
  | { kind: 'unproven'; message: string };

type Expected = Pick<AuthorizationRequest, 'state' | 'codeParam' | 'issuer'> &
  Partial<Pick<AuthorizationRequest, 'keep'>>;

/**
 * Judges a redirect (RFC 6749 sections 4.1.2 and 4.1.2.1): its state in constant time, its `iss`
 * where it is there (RFC 9207), each parameter once. The messages are our own words. Nothing of the
 * redirect is repeated.
 */
export function judgeRedirect(
  parameters: URLSearchParams,
  { state, codeParam, issuer, keep = {} }: Expected,
): RedirectAnswer {
  const names = ['state', codeParam, 'error', 'iss', ...Object.keys(keep)];
  if (names.some((name) => parameters.getAll(name).length > 1)) {
    return foreign('The redirect names a parameter twice: it was tampered with.');
  }
  const refusal = refusalIn(parameters);
  const found = parameters.get('state');
  if (found === null && refusal !== null) {
    return { kind: 'unproven', message: `${refusal} (The redirect has no state.)` };
  }
  if (found === null) {
    return foreign('The redirect has no state: it does not answer this request.');
  }
  if (!isSame(found, state)) {
    return foreign(ANOTHER_REQUEST);
  }
  const iss = parameters.get('iss');
  if (iss === null ? issuer.required : !isIssuer(iss, issuer)) {
    return refused(issuerMessage(issuer));
  }
  if (refusal !== null) {
    return refused(refusal);
  }
  const code = parameters.get(codeParam);
  if (!code) {
    return refused('The redirect carries no code.');
  }
  const kept = keptFields(parameters, keep);
  if (kept === null) {
    return refused('The redirect carries a value that this platform never sends.');
  }
  return {
    kind: 'code',
    code,
    ...(Object.keys(kept).length > 0 && { keep: kept }),
  };
}

function refused(message: string): RedirectAnswer {
  return { kind: 'refused', message };
}

const MOST_KEPT = 256;

/**
 * Returns the fields that the redirect brings, or null where a value does not match its pattern.
 */
function keptFields(
  parameters: URLSearchParams,
  keep: AuthorizationRequest['keep'],
): Record<string, string> | null {
  const found = Object.entries(keep).flatMap(([name, { field, pattern }]) => {
    const value = parameters.get(name);
    return value === null ? [] : [{ field, pattern, value }];
  });
  const isRight = found.every(
    ({ pattern, value }) => value.length <= MOST_KEPT && new RegExp(`^(?:${pattern})$`).test(value),
  );
  return isRight ? Object.fromEntries(found.map(({ field, value }) => [field, value])) : null;
}

const ANOTHER_REQUEST =
  'The redirect answers another request (its state differs). ' +
  'Use the newest link, in one window only.';

function foreign(message: string): RedirectAnswer {
  return { kind: 'foreign', message };
}

function refusalIn(parameters: URLSearchParams): string | null {
  const error = parameters.get('error');
  if (error === null) {
    return null;
  }
  return ERRORS.get(error) ?? 'The consent page answered with an error that is no standard one.';
}

/**
 * Returns the parameters of a redirect that a person pasted, of the whole address, or of what
 * follows its question mark. Throws CommandError for anything else.
 */
export function parsePastedRedirect(pasted: string, codeParam = 'code'): URLSearchParams {
  const parameters = parametersOf(trimAddress(pasted), codeParam);
  const isAddress = pasted.includes('://');
  if (parameters && (isAddress || parameters.has('state') || parameters.has('error'))) {
    return parameters;
  }
  throw new CommandError(
    'That is no redirect: paste the whole address that the browser shows after the consent, ' +
      'with its code and state.',
  );
}

/** RFC 6749 section 4.1.2.1, and the code of OpenID Connect for a person who went away. */
const ERRORS: ReadonlyMap<string, string> = new Map([
  [
    'access_denied',
    'The consent was refused. Ask again when the account owner is ready to give it.',
  ],
  [
    'invalid_request',
    'The consent page found the request wrong (invalid_request). Check redirect_uri and scope.',
  ],
  [
    'unauthorized_client',
    'The consent page does not serve this client (unauthorized_client). ' +
      'Check at the platform what the app may do.',
  ],
  [
    'unsupported_response_type',
    'The consent page gives no codes to this client (unsupported_response_type). ' +
      'Check the app at the platform.',
  ],
  [
    'invalid_scope',
    'The consent page does not know the scope, or the app may not ask for it (invalid_scope). ' +
      'Check scope.',
  ],
  ['server_error', 'The consent page is out of order (server_error). Try again later.'],
  [
    'temporarily_unavailable',
    'The consent page is out of order (temporarily_unavailable). Try again later.',
  ],
  [
    'login_required',
    'The consent page wants a fresh sign-in (login_required). Sign in there, and connect again.',
  ],
  ['consent_required', 'The consent was not given (consent_required). Connect again.'],
]);

function issuerMessage(issuer: AuthorizationRequest['issuer']): string {
  return issuer.kind === 'exact'
    ? 'The redirect comes from another issuer than the field issuer names: its code was not used.'
    : 'The redirect names an issuer of another host than the consent page: ' +
        'its code was not used. ' +
        'If that is right, add the issuer to the entry: field issuer.';
}

function isIssuer(iss: string, { kind, value }: AuthorizationRequest['issuer']): boolean {
  return kind === 'exact' ? iss === value : URL.canParse(iss) && new URL(iss).origin === value;
}

/** In a time that does not tell where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
