import * as z from 'zod';
import { decodeBytes } from '../../lambda/exchange/decode-bytes.ts';
import { knownError } from '../../lambda/exchange/known-error.ts';
import { clientHeaders, clientParams, encode } from '../../lambda/exchange/token-request.ts';
import { otherEndpoint } from '../../lambda/map/other-endpoint.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import type { HttpRequest, RunPorts } from '../../lambda/ports.ts';
import { isLoopbackHost } from '../../lambda/providers/url-policy.ts';
import { CommandError } from '../errors.ts';

/** A consent that is asked for on any other device (RFC 8628). The device code is a secret. */
export interface DeviceAuthorization {
  deviceCode: string;
  /** Says what a person types at `verificationUri`. */
  userCode: string;
  verificationUri: string;
  /** The same page with the code in it. */
  completeUri: string | null;
  /** In milliseconds since the epoch. */
  expiresAt: number;
  intervalMs: number;
}

const TIMEOUT_MS = 20_000;
/** As the URL parser writes it: no control character of the server reaches a terminal. */
const page = z
  .string()
  .refine(isPage)
  .transform((text) => new URL(text).href);

/** RFC 8628 section 3.2. Google calls its page `verification_url`. */
const reply = z.object({
  device_code: z.string().regex(/^[\x20-\x7e]+$/),
  user_code: z.string().regex(/^[\x20-\x7e]{1,64}$/),
  verification_uri: page.optional(),
  verification_url: page.optional(),
  verification_uri_complete: page.optional(),
  expires_in: z.number().positive().max(86_400),
  interval: z.number().positive().max(300).default(5),
});

/**
 * Asks the platform for a code that somebody types in a browser of their own (RFC 8628 section
 * 3.1). Throws CommandError where the platform has no such way, does not answer or refuses.
 */
export async function authorizeDevice(
  { http, clock }: Pick<RunPorts, 'http' | 'clock'>,
  tenant: Tenant,
): Promise<DeviceAuthorization> {
  const request = deviceRequest(tenant);
  const askedAt = clock.now();
  const { status, body, failure } = await http.send(request, TIMEOUT_MS);
  const { title } = tenant.provider;
  if (failure) {
    throw new CommandError(`${title} does not answer (${failure.code}). Try again.`);
  }
  const value = parseJson(decodeBytes(Buffer.from(body)).text);
  const read = reply.safeParse(value);
  const uri = read.data?.verification_uri ?? read.data?.verification_url;
  if (status !== 200 || !read.success || uri === undefined) {
    throw new CommandError(`${title} gives no device code${reasonIn(value)}.`, {
      nextStep: `Connect it in a browser: tokens connect ${tenant.name}`,
    });
  }
  const { device_code, user_code, verification_uri_complete, expires_in, interval } = read.data;
  return {
    deviceCode: device_code,
    userCode: user_code,
    verificationUri: uri,
    completeUri: verification_uri_complete ?? null,
    expiresAt: askedAt + expires_in * 1000,
    intervalMs: interval * 1000,
  };
}

function deviceRequest(tenant: Tenant): HttpRequest {
  const { name, client_id, fields, provider, client_auth } = tenant;
  const found = otherEndpoint(tenant, 'device_url', provider.device_url);
  if ('problem' in found) {
    throw new CommandError(`${provider.title} gives no device code: ${found.problem}.`, {
      nextStep: `Connect it in a browser: tokens connect ${name}`,
    });
  }
  const scope = fields.get('scope') ?? provider.authorize?.default_scope;
  const params = {
    client_id,
    ...clientParams(tenant, client_auth),
    ...(scope === undefined ? {} : { scope }),
  };
  const headers = { accept: 'application/json', ...clientHeaders(tenant, client_auth) };
  return encode({ token_url: found.url, body: 'form' }, params, headers);
}

/** Whoever is led to a page must see the name of its host, and no other one before it. */
function isPage(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') {
    return false;
  }
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

function reasonIn(value: unknown): string {
  const error = knownError(value, {});
  return error ? `: it says ${error.code}` : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
