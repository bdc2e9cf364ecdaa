import * as z from 'zod';
import { decodeBytes } from '../../lambda/exchange/decode-bytes.ts';
import type { Http } from '../../lambda/ports.ts';
import { isAllowedUrl, type UrlPolicy } from '../../lambda/providers/url-policy.ts';
import { CommandError, UsageError } from '../errors.ts';

const TIMEOUT_MS = 10_000;

/** The members of RFC 8414 section 2 that an entry has fields for. */
const metadata = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  authorization_endpoint: z.string().optional(),
  device_authorization_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  // The same section names its default.
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
});
type Metadata = z.infer<typeof metadata>;

/**
 * Asks an issuer for its metadata (RFC 8414 section 3, then OpenID Connect Discovery section 4) and
 * returns the fields of an entry that they fill. PKCE is always used. Follows no redirect. Throws
 * UsageError for an issuer that is no https URL, and CommandError where the server does not tell,
 * or tells of another issuer or of endpoints that may not be asked.
 */
export async function discoverServer(
  http: Http,
  issuer: string,
  policy: UrlPolicy,
): Promise<Record<string, string>> {
  if (!isIssuer(issuer, policy)) {
    throw new UsageError('--issuer must be an https URL without query and fragment.');
  }
  for (const url of wellKnownUrls(issuer)) {
    const found = await readMetadata(http, url);
    if (found) {
      return toFields(found, issuer, policy);
    }
  }
  throw new CommandError(
    `${issuer} does not publish what it is: there is no metadata at its well-known addresses.`,
    { nextStep: 'Give its endpoints yourself: --token-url and --authorize-url' },
  );
}

function isIssuer(issuer: string, policy: UrlPolicy): boolean {
  if (!isAllowedUrl(issuer, policy)) {
    return false;
  }
  const { search, hash, username, password } = new URL(issuer);
  return [search, hash, username, password].every((part) => part === '');
}

/** RFC 8414 puts its name before the issuer's path, OpenID Connect behind it. */
function wellKnownUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const name = 'openid-configuration';
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/${name}`,
    ...(path === '' ? [] : [`${origin}/.well-known/${name}${path}`]),
  ];
}

async function readMetadata(http: Http, url: string): Promise<Metadata | null> {
  const headers = { accept: 'application/json' };
  const request = {
    method: 'GET' as const,
    url,
    headers,
    body: undefined,
  };
  const { status, body, failure } = await http.send(request, TIMEOUT_MS);
  if (failure) {
    throw new CommandError(`${new URL(url).host} does not answer (${failure.code}). Try again.`);
  }
  if (status !== 200) {
    return null;
  }
  const read = metadata.safeParse(parseJson(decodeBytes(Buffer.from(body)).text));
  return read.success ? read.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toFields(found: Metadata, issuer: string, policy: UrlPolicy): Record<string, string> {
  // Otherwise one server could answer for another (RFC 8414 section 3.3).
  if (found.issuer !== issuer) {
    throw new CommandError(
      'The server says that it is another issuer than the one you gave. Nothing was added.',
      {
        nextStep:
          'Give --issuer exactly as the server writes it, with or without a slash at the end',
      },
    );
  }
  const urls = {
    token_url: found.token_endpoint,
    authorize_url: found.authorization_endpoint,
    device_url: found.device_authorization_endpoint,
    revocation_url: found.revocation_endpoint,
  };
  const allowed = policyOfEndpoints(issuer, policy);
  const named = Object.entries(urls).map(([field, url]): [string, string | undefined] => [
    field,
    url === undefined ? undefined : endpoint(field, url, allowed),
  ]);
  const all = { issuer, ...Object.fromEntries(named), client_auth: clientAuthOf(found) };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** A server out there leads nobody to this machine, nor to an address without a name. */
function policyOfEndpoints(issuer: string, policy: UrlPolicy): UrlPolicy {
  const named = { allowLoopbackHttp: false, allowIpLiterals: false };
  return isAllowedUrl(issuer, named) ? named : policy;
}

/**
 * Returns the URL as its parser writes it, so that no control character of the server reaches a
 * terminal.
 */
function endpoint(field: string, url: string, policy: UrlPolicy): string {
  const { username, password, hash, href } = URL.canParse(url) ? new URL(url) : new URL('x:');
  const isPlain = [username, password, hash].every((part) => part === '');
  if (isAllowedUrl(url, policy) && isPlain) {
    return href;
  }
  throw new CommandError(
    `The server names a ${field} that is no https URL of a named host. Nothing was added.`,
  );
}

/** The definition's own way is to put the secret into the body. */
function clientAuthOf(found: Metadata): string | undefined {
  const methods = found.token_endpoint_auth_methods_supported;
  if (methods.includes('client_secret_post')) {
    return undefined;
  }
  if (methods.includes('client_secret_basic')) {
    return 'basic';
  }
  if (methods.includes('none')) {
    return undefined;
  }
  throw new CommandError(
    'The server takes a client secret neither in the body nor by HTTP Basic.',
    { nextStep: 'A definition of your own may sign requests: tokens provider --help' },
  );
}
