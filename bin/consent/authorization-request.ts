import { createHash, randomBytes } from 'node:crypto';
import type { Tenant } from '../../lambda/map/tenant-entry.ts';
import { chooseUrl } from '../../lambda/providers/url-choice.ts';
import { isLoopbackHost } from '../../lambda/url-policy.ts';
import { CommandError } from '../errors.ts';

/** A question to a consent page, and what its answer must match. Holds the verifier, a secret. */
export interface AuthorizationRequest {
  url: string;
  state: string;
  codeVerifier: string | null;
  redirectUri: string;
  /** The parameter of the redirect that carries the code. */
  codeParam: string;
  /** What `iss` of the redirect must be, where it is there (RFC 9207). */
  issuer: ExpectedIssuer;
}

/**
 * The issuer that the entry names; where it names none, only the origin of the consent page is
 * known.
 */
type ExpectedIssuer = { kind: 'exact' | 'origin'; value: string };

/**
 * Makes the request of a tenant's consent (RFC 6749 section 4.1.1), with a fresh state and, where
 * the definition says so, PKCE (RFC 7636). Throws CommandError for a tenant whose provider has no
 * consent page that is known.
 */
export function authorizationRequest(tenant: Tenant, redirectUri: string): AuthorizationRequest {
  const { authorize, client_names } = tenant.provider;
  if (!authorize)
    throw new CommandError(
      `${tenant.provider.title} asks nobody for consent: tenant ${tenant.name} needs no connect.`,
    );
  const page = consentPage(tenant);
  const state = randomText();
  const codeVerifier = authorize.pkce === 'S256' ? randomText() : null;
  const parameters: Record<string, string | undefined> = {
    response_type: 'code',
    [client_names?.client_id ?? 'client_id']: tenant.fields.get('client_id'),
    redirect_uri: redirectUri,
    scope: tenant.fields.get('scope') ?? authorize.default_scope,
    audience: tenant.fields.get('audience'),
    ...authorize.params,
    state,
    ...(codeVerifier !== null && {
      code_challenge: challengeOf(codeVerifier),
      code_challenge_method: 'S256',
    }),
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) page.searchParams.set(name, value);
  const issuer = tenant.fields.get('issuer');
  return {
    url: page.href,
    state,
    codeVerifier,
    redirectUri,
    codeParam: authorize.code_param,
    issuer:
      issuer === undefined
        ? { kind: 'origin', value: page.origin }
        : { kind: 'exact', value: issuer },
  };
}

/** The S256 challenge of a verifier (RFC 7636 section 4.2). */
export function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

function consentPage({ name, provider, fields }: Tenant): URL {
  const choice = fields.get('authorize_url') ?? provider.authorize?.url ?? null;
  if (choice === null) {
    throw new CommandError(
      `Where ${provider.title} asks for consent is not known. Add authorize_url to tenant ${name} or its app; or open the page of the platform ` +
        `yourself, and give the code it shows to: tokens connect ${name} --code-stdin`,
    );
  }
  const chosen = fields.has('authorize_url')
    ? { url: String(choice) }
    : chooseUrl(choice, provider, fields);
  if (!('url' in chosen))
    throw new CommandError(`Field ${chosen.field} of tenant ${name}: ${chosen.problem}.`);
  const url = URL.canParse(chosen.url) ? new URL(chosen.url) : null;
  const isSecure =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!url || !isSecure || url.username || url.password || url.hash)
    throw new CommandError(
      `Field authorize_url of tenant ${name} must be an https URL without user name and fragment.`,
    );
  return url;
}

/**
 * 256 random bits: RFC 7636 section 7.1 asks for them, and they are more than the 128 that make a
 * state unguessable (RFC 6749 section 10.10).
 */
function randomText(): string {
  return randomBytes(32).toString('base64url');
}
