import type { Knowledge } from '../history/families.ts';
import { isObject } from '../is-object.ts';
import type { InvalidTenant } from '../map/tenant-entry.ts';
import { heldCredentials, type VaultMap } from '../map/vault-map.ts';
import type { Failure } from '../outcome.ts';
import { describeFailure } from './failure.ts';

/**
 * Returns why an entry cannot be used. One that only lacks a credential needs authorization.
 * Anything else about it is wrong.
 */
export function failureOfEntry(
  { name, code, path, message, next_step }: InvalidTenant,
  { map, knowledge }: { map: VaultMap; knowledge: Knowledge },
): Failure {
  const lacksAll = path.endsWith('.refresh_token') && holdsNothing(map.tenants.get(name));
  if (!lacksAll) {
    return { ...describeFailure(code, { tenant: name }), message, next_step };
  }
  const failure = describeFailure('needs_authorization', { tenant: name });
  if (!hadCredential(knowledge, name)) {
    return { ...failure, message: `Tenant ${name} holds no credential yet.`, next_step };
  }
  return {
    ...failure,
    message: `Tenant ${name} holds no credential any more.`,
    next_step: `Put its newest one back: tokens restore ${name}. Or connect it: tokens connect ${name}`,
  };
}

/** Returns whether a run ever saw a credential or a token of a tenant. */
export function hadCredential({ tenants, tokens }: Knowledge, name: string): boolean {
  return tenants.has(name) || tokens.has(name);
}

/** Returns whether an entry holds neither a code nor a refresh token, readable or not. */
export function holdsNothing(entry: unknown): boolean {
  if (!isObject(entry) || entry.refresh_token !== undefined) {
    return false;
  }
  const { code, refreshToken } = heldCredentials(entry);
  return code === null && refreshToken === null;
}
