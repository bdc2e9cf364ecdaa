import { createHash, randomBytes } from 'node:crypto';
import type { ConsentQuestion } from './connect-link.ts';
import { isAttemptId, isLinkId, newAttemptId } from './link-token.ts';

/** Describes what the browser of one attempt keeps in its cookie. Both are secrets. */
export interface AttemptSecrets {
  /** The random part of state. */
  random: string;
  codeVerifier: string;
}

/** One press of the button. */
export interface Attempt extends AttemptSecrets {
  link: string;
  attempt: string;
}

/** Makes an attempt with a fresh state and code verifier (RFC 7636 section 7.1: 256 bits). */
export function newAttempt(link: string): Attempt {
  return {
    link,
    attempt: newAttemptId(),
    random: randomText(),
    codeVerifier: randomText(),
  };
}

/** Returns the state parameter that an attempt sends. */
function stateOf({ link, attempt, random }: Omit<Attempt, 'codeVerifier'>): string {
  return `${link}.${attempt}.${random}`;
}

/** Returns what a state parameter names, or null where it is none of ours. */
export function parseState(state: string): Omit<Attempt, 'codeVerifier'> | null {
  const [link = '', attempt = '', random = '', ...rest] = state.split('.');
  const isOurs = isLinkId(link) && isAttemptId(attempt) && isRandomText(random);
  return isOurs && rest.length === 0 ? { link, attempt, random } : null;
}

/** Returns the name of an attempt's cookie, without its `__Host-` prefix. */
export function attemptCookie({ link, attempt }: Pick<Attempt, 'link' | 'attempt'>): string {
  return `connect-${link}-${attempt}`;
}

/** Returns the value of an attempt's cookie. */
export function formatCookie({ random, codeVerifier }: AttemptSecrets): string {
  return `${random}.${codeVerifier}`;
}

/** Reads the value of an attempt's cookie, or returns null where it is none of ours. */
export function parseCookie(value: string | undefined): AttemptSecrets | null {
  const [random = '', codeVerifier = '', ...rest] = (value ?? '').split('.');
  const isOurs = isRandomText(random) && isRandomText(codeVerifier);
  return isOurs && rest.length === 0 ? { random, codeVerifier } : null;
}

/** Returns the address at the platform that an attempt leads to. */
export function consentUrl(question: ConsentQuestion, attempt: Attempt): string {
  const url = new URL(question.url);
  url.searchParams.set('state', stateOf(attempt));
  if (question.pkce === 'S256') {
    url.searchParams.set('code_challenge', challengeOf(attempt.codeVerifier));
    url.searchParams.set('code_challenge_method', 'S256');
  }
  return url.href;
}

/** Makes 256 random bits in base64url, 43 characters. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** Tells if a text has the form of randomText. */
export function isRandomText(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** Returns the S256 challenge of a verifier (RFC 7636 section 4.2). */
function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}
