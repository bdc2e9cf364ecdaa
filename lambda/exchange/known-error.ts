import { listOf } from '../providers/fields.ts';
import type { ErrorMeaning } from '../providers/provider.ts';
import type { ErrorsDefinition } from '../providers/reading.ts';
import { valueAt } from './reply-fields.ts';

/** Codes of RFC 6749 section 5.2, and of other places that token endpoints answer as well. */
const STANDARD_ERRORS: ReadonlyMap<string, ErrorMeaning> = new Map([
  ['invalid_request', 'invalid_request'],
  ['invalid_client', 'invalid_client'],
  ['invalid_grant', 'invalid_grant'],
  ['unauthorized_client', 'unauthorized_client'],
  ['unsupported_grant_type', 'unsupported_grant_type'],
  ['invalid_scope', 'invalid_scope'],
  ['server_error', 'unavailable'],
  ['temporarily_unavailable', 'unavailable'],
  // RFC 8628 section 3.5.
  ['authorization_pending', 'unavailable'],
  ['slow_down', 'unavailable'],
  ['access_denied', 'invalid_grant'],
  // RFC 6750 section 3.1. Spring answers it, with a 401, to a refresh token that has ended.
  ['invalid_token', 'invalid_grant'],
  ['expired_token', 'invalid_grant'],
]);

/** Returns true for the codes that ask for a device code to be sent again later. */
export function isConsentPending(code: string | undefined): boolean {
  return code === 'authorization_pending' || code === 'slow_down';
}

/** An error code that may be said aloud, and what it means. */
export interface KnownError {
  code: string;
  meaning: ErrorMeaning;
}

/**
 * Returns the first listed error code of a reply, at the paths of the definition in their order, or
 * undefined. Numbers count as their digits.
 */
export function knownError(
  body: unknown,
  { code_path = 'error', codes = {} }: ErrorsDefinition,
): KnownError | undefined {
  const meanings = new Map([...STANDARD_ERRORS, ...Object.entries(codes)]);
  for (const path of listOf(code_path)) {
    const value = valueAt(body, path);
    if (typeof value !== 'string' && typeof value !== 'number') {
      continue;
    }
    const code = String(value);
    const meaning = meanings.get(code);
    if (meaning) {
      return { code, meaning };
    }
  }
  return undefined;
}

/** The codes by which a refusal is the client's or the grant's fault, in any spelling. */
const SPELLINGS: readonly (readonly [code: string, meaning: ErrorMeaning, spelling: RegExp])[] = [
  ['invalid_client', 'invalid_client', /\binvalid[_\s-]?client\b/i],
  ['invalid_grant', 'invalid_grant', /\binvalid[_\s-]?grant\b/i],
  ['unauthorized_client', 'unauthorized_client', /\bunauthorized[_\s-]?client\b/i],
];

/**
 * Returns the one listed code that the text of a refusal holds, wherever it stands, as in
 * `error.code`, in `errors[0]` or in XML, or undefined.
 */
export function errorInText(text: string): KnownError | undefined {
  const bounded = text.slice(0, MOST_CHARACTERS_MATCHED);
  const [found, ...others] = SPELLINGS.filter(([, , spelling]) => spelling.test(bounded));
  if (!found || others.length > 0) {
    return undefined;
  }
  const [code, meaning] = found;
  return { code, meaning };
}

/** Returns what the definition's patterns match in a reply, which alone may leave the archive. */
export function shownText(text: string, { show_patterns = [] }: ErrorsDefinition): string {
  const bounded = text.slice(0, MOST_CHARACTERS_MATCHED);
  const matches = show_patterns.flatMap((pattern) => {
    const [match] = bounded.match(new RegExp(pattern)) ?? [];
    return match ?? [];
  });
  return matches.join(' ');
}

/** A refusal has a few hundred characters. No pattern is tried on a megabyte. */
const MOST_CHARACTERS_MATCHED = 4096;
