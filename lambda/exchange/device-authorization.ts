import * as z from 'zod/mini';
import { otherEndpoint } from '../map/other-endpoint.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { HttpAnswer, HttpRequest } from '../ports.ts';
import { answerBody } from './answer-body.ts';
import { clientHeaders, clientParams, encode } from './token-request.ts';

/**
 * The request for a device code (RFC 8628 section 3.1), or our own words for the reason why there
 * is none. The code it brings is exchanged by the grant `device_code`.
 */
export function deviceRequest(tenant: Tenant): HttpRequest | { problem: string } {
  const { provider, fields, client_auth } = tenant;
  if (!provider.grants.device_code)
    return { problem: `${provider.title} has no device authorization` };
  const found = otherEndpoint(tenant, 'device_url', provider.device_url);
  if ('problem' in found) return found;
  const scope = fields.get('scope') ?? provider.authorize?.default_scope;
  const params = {
    ...(client_auth === 'post' || client_auth === 'none'
      ? { client_id: fields.get('client_id') ?? '' }
      : {}),
    ...(client_auth === 'post' ? clientParams(tenant, 'post') : {}),
    ...(scope === undefined ? {} : { scope }),
  };
  const headers = { accept: 'application/json', ...clientHeaders(tenant, client_auth) };
  return encode({ token_url: found.url, body: 'form' }, params, headers);
}

/** The codes of RFC 8628 section 3.2. `device_code` is a secret; the others are for the person. */
export interface DeviceCodes {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete?: string | undefined;
  /** Seconds. */
  expires_in: number;
  interval: number;
}

const shortText = z.string().check(z.minLength(1), z.maxLength(2048));
const devicePage = z.url({ protocol: /^https?$/ });

/** Google writes `verification_url`. */
const codesSchema = z.lazy(() =>
  z.object({
    device_code: shortText,
    user_code: z.string().check(z.regex(/^[\x21-\x7e]{1,64}$/)),
    verification_uri: z.optional(devicePage),
    verification_url: z.optional(devicePage),
    verification_uri_complete: z.optional(devicePage),
    expires_in: z.number().check(z.positive()),
    interval: z.optional(z.number().check(z.positive())),
  }),
);

/** RFC 8628 section 3.2: what holds where the server tells no interval. */
const USUAL_INTERVAL_S = 5;

/** Reads the answer to a device request, or undefined where it holds no codes. */
export function readDeviceCodes(answer: HttpAnswer): DeviceCodes | undefined {
  const parsed = codesSchema.safeParse(answerBody(answer));
  if (!parsed.success) return undefined;
  const { verification_url, verification_uri = verification_url, ...codes } = parsed.data;
  if (verification_uri === undefined) return undefined;
  return { ...codes, verification_uri, interval: codes.interval ?? USUAL_INTERVAL_S };
}

/** Describes what the person has done so far (RFC 8628 section 3.5). */
export type DeviceProgress = 'waiting' | 'slow_down' | 'answered' | 'refused' | 'expired';

/** Reads the answer to one poll. `answered`: it is a token reply, whatever it says. */
export function deviceProgress(answer: HttpAnswer): DeviceProgress {
  const body = answerBody(answer);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  switch (error) {
    case 'authorization_pending':
      return 'waiting';
    case 'slow_down':
      return 'slow_down';
    case 'access_denied':
    case 'authorization_declined':
      return 'refused';
    case 'expired_token':
      return 'expired';
    default:
      return 'answered';
  }
}
