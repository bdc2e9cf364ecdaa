import { otherEndpoint } from '../map/other-endpoint.ts';
import type { Tenant } from '../map/tenant.ts';
import type { HttpAnswer, HttpRequest } from '../ports.ts';
import { answerBody, isWholeSuccess } from './answer-body.ts';
import { knownError } from './known-error.ts';
import { valueAt } from './reply-fields.ts';
import {
  clientHeaders,
  clientParams,
  encode,
  fillNamed,
  type Generated,
  lookUpIn,
} from './token-request.ts';

/** Describes what of a tenant can be revoked. Secrets; null where there is none. */
export interface Revocable {
  refresh_token: string | null;
  access_token: string | null;
}

/**
 * Returns the request that ends a tenant's consent (RFC 7009 section 2.1, or in the platform's own
 * way), or our own words for the reason why there is none. The request is a secret.
 */
export function revocationRequest(
  tenant: Tenant,
  held: Revocable,
  generated: Generated,
): HttpRequest | { problem: string } {
  const { revocation } = tenant.provider;
  const found = otherEndpoint(tenant, 'revocation_url', revocation?.url);
  if ('problem' in found) {
    return found;
  }
  const kind = revocation?.token ?? 'refresh_token';
  const credential = held[kind];
  if (credential === null) {
    return { problem: `it holds no ${kind} to revoke` };
  }
  const { url } = found;
  const lookUp = lookUpIn(tenant, {
    ...generated,
    credential,
    tokenUrl: url,
  });
  const auth = revocation?.client_auth ?? tenant.client_auth;
  const params = {
    ...fillNamed(
      tenant,
      revocation?.params ?? { token: '{credential}', token_type_hint: kind },
      lookUp,
    ),
    ...clientParams(tenant, auth),
  };
  const headers = {
    accept: 'application/json',
    ...clientHeaders(tenant, auth),
    ...(fillNamed(tenant, revocation?.request_headers ?? {}, lookUp) as Record<string, string>),
  };
  const request = encode({ token_url: url, body: revocation?.body ?? 'form' }, params, headers);
  return revocation?.method ? { ...request, method: revocation.method } : request;
}

/**
 * Returns whether a token is revoked after this answer. The platform said so, or that it knows the
 * token no more. Otherwise nothing is known, and the token may live.
 */
export function isRevoked({ provider }: Pick<Tenant, 'provider'>, answer: HttpAnswer): boolean {
  if (answer.status === null || answer.failure) {
    return false;
  }
  const body = answerBody(answer);
  const { errors = {}, response } = provider;
  const meaning = knownError(body, errors)?.meaning;
  if (meaning === 'invalid_grant' || valueAt(body, 'error') === 'invalid_token') {
    return true;
  }
  const { ok_when } = response;
  const told = ok_when ? valueAt(body, ok_when.path) : undefined;
  const isRefused = told !== undefined && told !== ok_when?.equals;
  return isWholeSuccess(answer) && meaning === undefined && !isRefused;
}
