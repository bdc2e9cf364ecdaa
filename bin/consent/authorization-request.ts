import { createHash, randomBytes } from 'node:crypto';
import type { ConsentQuestion } from '../../lambda/connect/connect-link.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { consentQuestion } from './consent-question.ts';

/** A question to a consent page, and what its answer must match. Holds the verifier, a secret. */
export interface AuthorizationRequest {
  url: string;
  state: string;
  codeVerifier: string | null;
  redirectUri: string;
  /** The parameter of the redirect that carries the code. */
  codeParam: string;
  /** The `iss` that the redirect must have, if it has one (RFC 9207). */
  issuer: ConsentQuestion['issuer'];
  /** Parameters of the redirect that the entry keeps. */
  keep: ConsentQuestion['keep'];
}

/**
 * Makes the request of a tenant's consent (RFC 6749 section 4.1.1), with a fresh state and, where
 * the definition says so, PKCE (RFC 7636). Throws CommandError for a tenant whose provider has no
 * consent page that is known.
 */
export function authorizationRequest(tenant: Tenant, redirectUri: string): AuthorizationRequest {
  const question = consentQuestion(tenant, redirectUri);
  const page = new URL(question.url);
  const state = randomText();
  const codeVerifier = question.pkce === 'S256' ? randomText() : null;
  page.searchParams.set('state', state);
  if (codeVerifier !== null) {
    page.searchParams.set('code_challenge', challengeOf(codeVerifier));
    page.searchParams.set('code_challenge_method', 'S256');
  }
  return {
    url: page.href,
    state,
    codeVerifier,
    redirectUri,
    codeParam: question.code_param,
    issuer: question.issuer,
    keep: question.keep,
  };
}

/** Returns the S256 challenge of a verifier (RFC 7636 section 4.2). */
export function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

/**
 * 256 random bits. RFC 7636 section 7.1 asks for them, and they are more than the 128 that make a
 * state unguessable (RFC 6749 section 10.10).
 */
function randomText(): string {
  return randomBytes(32).toString('base64url');
}
