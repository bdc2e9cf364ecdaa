import { type Knowledge, newestToken, unreadConsentOf } from '../history/families.ts';
import type { TenantError } from '../history/shard-state.ts';
import { isObject } from '../is-object.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant } from '../map/tenant-entry.ts';
import { heldCredentials, type VaultMap } from '../map/vault-map.ts';
import type { Failure } from '../outcome.ts';
import { isStatic } from '../providers/request-fields.ts';
import { describeFailure, noTokenLeft, rememberedFailure } from './failure.ts';
import { failureOfHabit } from './habit.ts';

/** Returns why a tenant cannot be asked, whatever became of it before, or null. */
export function standingFailure(
  entry: Tenant | InvalidTenant,
  known: { map: VaultMap; knowledge: Knowledge; error: RememberedError | null },
): Failure | null {
  if (waitsForReading(entry, known)) {
    return unreadFailure(entry.name, known.error);
  }
  if (!isTenant(entry)) {
    return failureOfEntry(entry, known);
  }
  const { knowledge } = known;
  const isEndless = entry.grant_chosen_by === 'none' && !isStatic(entry.provider);
  if (isEndless && !newestToken(knowledge, entry.name)) {
    return noTokenLeft(entry);
  }
  return failureOfHabit(knowledge, entry);
}

type RememberedError = Pick<TenantError, 'code' | 'reply' | 'words'>;

/** The run that got the answer knows more of it. */
function unreadFailure(tenant: string, error: RememberedError | null): Failure {
  const code = 'unread_response';
  return error?.code === code
    ? rememberedFailure(error, { tenant })
    : describeFailure(code, { tenant });
}

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

/** Tells whether a tenant holds nothing, and nobody could read what its code brought. */
export function waitsForReading(
  entry: Tenant | InvalidTenant,
  { map, knowledge }: { map: VaultMap; knowledge: Knowledge },
): boolean {
  const isGrantChosen = isTenant(entry) && entry.grant_chosen_by === 'entry';
  if (isGrantChosen || !holdsNothing(map.tenants.get(entry.name))) {
    return false;
  }
  return unreadConsentOf(knowledge, entry.name) !== null;
}

/** Returns whether an entry holds neither a code nor a refresh token, readable or not. */
export function holdsNothing(entry: unknown): boolean {
  if (!isObject(entry) || entry.refresh_token !== undefined) {
    return false;
  }
  const { code, refreshToken } = heldCredentials(entry);
  return code === null && refreshToken === null;
}
