import { REQUEST_TIMEOUT_MS } from '../deadlines.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Tenant } from '../map/tenant.ts';
import type { GrantName } from '../providers/provider.ts';
import { proofFields } from '../providers/request-fields.ts';
import { remembered } from '../remembered.ts';

/** Describes what one exchange sends. It is nothing where only the client asks for itself. */
export interface Sending {
  kind: 'code' | 'refresh_token' | 'nothing';
  grant: GrantName;
  /** A secret, or null where nothing is spent. */
  value: string | null;
  /** Of the value, or of the request's identity. */
  fingerprint: string;
  /** How long the server forgives a second use, in seconds. Null where it is not known. */
  resendWithinS: number | null;
  /** How long to wait for the answer. It stays well inside the time for a second use. */
  timeoutMs: number;
}

const LEAST_TIMEOUT_MS = 3_000;

/**
 * Returns what a tenant sends in its next exchange. A token that a code brought, and whose second
 * exchange did not happen, is sent by the grant that follows (`isFromCode`).
 */
export function whatToSend(tenant: Tenant, isFromCode: boolean): Sending {
  const { provider, next } = tenant;
  const isAwaited = isFromCode && tenant.grant === 'refresh_token';
  const resendWithinS = provider.resend_within_s ?? null;
  return {
    grant: isAwaited && next ? next.grant : tenant.grant,
    resendWithinS,
    timeoutMs: timeoutMs(resendWithinS),
    ...spentBy(tenant),
  };
}

function spentBy({ credential }: Tenant): Pick<Sending, 'kind' | 'value' | 'fingerprint'> {
  switch (credential.kind) {
    case 'none':
      return { kind: 'nothing', value: null, fingerprint: credential.identity };
    case 'authorization_code':
      return { kind: 'code', value: credential.value, fingerprint: credential.fingerprint };
    case 'refresh_token':
      return credential;
  }
}

/** Returns what follows at once on what a grant brought, or null where nothing does. */
export function whatFollows(tenant: Tenant, grant: GrantName, issued: string): Sending | null {
  const follows = tenant.provider.grants[grant]?.followed_by;
  if (!follows) {
    return null;
  }
  return {
    kind: 'refresh_token',
    grant: follows,
    value: issued,
    fingerprint: fingerprint(issued),
    resendWithinS: null,
    timeoutMs: REQUEST_TIMEOUT_MS,
  };
}

function timeoutMs(resendWithinS: number | null): number {
  if (resendWithinS === null || resendWithinS === 0) {
    return REQUEST_TIMEOUT_MS;
  }
  const half = (resendWithinS * 1000) / 2;
  return Math.min(REQUEST_TIMEOUT_MS, Math.max(LEAST_TIMEOUT_MS, half));
}

/** Every step of an exchange asks for it. */
const credentialsByTenant = new WeakMap<Tenant, string>();

/** Names a client with what it proves itself by. One tenant's mistyped secret is its own fault. */
export function credentialsOf(tenant: Tenant): string {
  return remembered(credentialsByTenant, tenant, nameCredentials);
}

function nameCredentials(tenant: Tenant): string {
  const { client, client_auth, client_secrets, fields, provider } = tenant;
  const proofs = proofFields(provider).map((name) => fields.get(name) ?? '');
  return JSON.stringify([client, client_auth, [...client_secrets, ...proofs].map(fingerprint)]);
}
