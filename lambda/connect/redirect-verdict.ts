import { keptValue } from '../providers/kept-value.ts';
import type { ConsentQuestion } from './connect-link.ts';

/** Describes what a redirect from a consent page brings, judged apart from who sent it. */
export type RedirectVerdict =
  | { kind: 'code'; code: string; issuer: string | null; keep: Record<string, string> }
  | { kind: 'declined' }
  | { kind: 'platform_error' }
  | { kind: 'wrong_answer' };

/** Longest code taken. Entra's are the longest known, about 2,000 characters. */
const MAX_CODE_LENGTH = 8192;
const WRONG: RedirectVerdict = { kind: 'wrong_answer' };

/**
 * Judges the parameters of a redirect (RFC 6749 sections 4.1.2 and 4.1.2.1). Each parameter may come
 * once, and `iss` as the link expects it (RFC 9207). State is checked elsewhere.
 */
export function judgeRedirect(
  parameters: URLSearchParams,
  question: ConsentQuestion,
): RedirectVerdict {
  const names = ['error', 'iss', 'state', question.code_param, ...Object.keys(question.keep)];
  if (names.some((name) => parameters.getAll(name).length > 1)) {
    return WRONG;
  }
  const issuer = parameters.get('iss');
  if (!isExpectedIssuer(issuer, question.issuer)) {
    return WRONG;
  }
  const error = parameters.get('error');
  if (error !== null) {
    return { kind: error === 'access_denied' ? 'declined' : 'platform_error' };
  }
  const code = parameters.get(question.code_param);
  if (!code) {
    return WRONG;
  }
  const keep = readKept(parameters, question.keep);
  // The printable ASCII of RFC 6749 appendix A.11.
  const isCode = code.length <= MAX_CODE_LENGTH && /^[\x20-\x7e]+$/.test(code);
  if (!isCode || !keep) {
    return WRONG;
  }
  return {
    kind: 'code',
    code,
    issuer,
    keep,
  };
}

function isExpectedIssuer(
  found: string | null,
  { kind, value, required }: ConsentQuestion['issuer'],
): boolean {
  if (found === null) {
    return !required;
  }
  if (kind === 'exact') {
    return found === value;
  }
  return URL.canParse(found) && new URL(found).origin === value;
}

/** Returns the fields that the redirect brings, or null where a value does not match its pattern. */
function readKept(
  parameters: URLSearchParams,
  keep: ConsentQuestion['keep'],
): Record<string, string> | null {
  const kept: [field: string, value: string][] = [];
  for (const [name, { field, pattern }] of Object.entries(keep)) {
    const value = parameters.get(name);
    if (value === null) {
      continue;
    }
    const found = keptValue(pattern, value);
    if (found === undefined) {
      return null;
    }
    kept.push([field, found]);
  }
  return Object.fromEntries(kept);
}
