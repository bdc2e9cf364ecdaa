import { createHash, timingSafeEqual } from 'node:crypto';
import { CommandError } from '../errors.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/**
 * What a redirect back from a consent page says. `foreign`: it does not answer this request, and
 * another may still come.
 */
export type RedirectAnswer =
  | { kind: 'code'; code: string }
  | { kind: 'refused'; message: string }
  | { kind: 'foreign'; message: string };

type Expected = Pick<AuthorizationRequest, 'state' | 'codeParam' | 'issuer'>;

/**
 * Judges a redirect (RFC 6749 sections 4.1.2 and 4.1.2.1): its state in constant time, its `iss`
 * where it is there (RFC 9207), each parameter once. The messages are our own words: nothing of the
 * redirect is repeated.
 */
export function judgeRedirect(
  parameters: URLSearchParams,
  { state, codeParam, issuer }: Expected,
): RedirectAnswer {
  for (const name of ['state', codeParam, 'error', 'iss'])
    if (parameters.getAll(name).length > 1)
      return {
        kind: 'foreign',
        message: 'The redirect names a parameter twice: it was tampered with.',
      };
  const found = parameters.get('state');
  if (found === null)
    return {
      kind: 'foreign',
      message: 'The redirect has no state: it does not answer this request.',
    };
  if (!isSame(found, state)) {
    return {
      kind: 'foreign',
      message:
        'The redirect answers another request (its state differs): use the newest link, in one window only.',
    };
  }
  const iss = parameters.get('iss');
  if (iss === null ? issuer.required : !isIssuer(iss, issuer))
    return { kind: 'refused', message: issuerMessage(issuer) };
  const error = parameters.get('error');
  if (error !== null)
    return {
      kind: 'refused',
      message:
        ERRORS.get(error) ?? 'The consent page answered with an error that is no standard one.',
    };
  const code = parameters.get(codeParam);
  return code
    ? { kind: 'code', code }
    : { kind: 'refused', message: 'The redirect carries no code.' };
}

/**
 * The parameters of a redirect that a person pasted: the whole URL, or what follows its question
 * mark. Throws CommandError for anything else.
 */
export function parsePastedRedirect(pasted: string): URLSearchParams {
  const text = pasted.trim();
  if (URL.canParse(text)) return new URL(text).searchParams;
  if (/(^|[?&])state=/.test(text)) return new URLSearchParams(text.replace(/^[^?]*\?/, ''));
  throw new CommandError(
    'That is no redirect: paste the whole address that the browser shows after the consent, with its code and state.',
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
    'The consent page found the request wrong (invalid_request): check redirect_uri and scope.',
  ],
  [
    'unauthorized_client',
    'The consent page does not serve this client (unauthorized_client): check what the platform permits the app.',
  ],
  [
    'unsupported_response_type',
    'The consent page gives no codes to this client (unsupported_response_type): check the app at the platform.',
  ],
  [
    'invalid_scope',
    'The consent page does not know the scope, or the app may not ask for it (invalid_scope): check scope.',
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
    : 'The redirect comes from an issuer elsewhere than the consent page: its code was not used. If that is right, add its name as field issuer.';
}

function isIssuer(iss: string, { kind, value }: AuthorizationRequest['issuer']): boolean {
  return kind === 'exact' ? iss === value : URL.canParse(iss) && new URL(iss).origin === value;
}

/** In a time that does not tell where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
