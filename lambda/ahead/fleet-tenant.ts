import { type FormerName, movedTo, type ShardState } from '../history/shard-state.ts';
import { accountFacts } from '../history/tenant-account.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { type TenantTraits, traitsOf } from '../map/tenant-filter.ts';
import { trustIssued } from '../map/trust-issued.ts';
import type { VaultMap } from '../map/vault-map.ts';
import type { Failure } from '../outcome.ts';
import { hadCredential, standingFailure } from '../report/entry-failure.ts';
import { clockFactsOf } from './clock-facts.ts';
import { type End, endsOf } from './ends.ts';
import { marksOf, type TenantMarks } from './tenant-marks.ts';

/** One tenant of the fleet, with what its shard's state knows. */
export interface FleetTenant {
  tenant: string;
  shard: string;
  entry: Tenant | InvalidTenant;
  /** Why it cannot be asked, whatever its last run said, or null. */
  fault: Failure | null;
  /** A run saw a credential of it once. */
  hadCredential: boolean;
  traits: TenantTraits;
  marks: TenantMarks;
  /** Names that it had before it was renamed, the oldest first. */
  formerNames: readonly FormerName[];
  /** From whose account its newest consent came, as far as it is known. */
  account: ReturnType<typeof accountFacts>;
  /** Says what ends, the nearest first. Of a wrong entry nothing is known. */
  ends: End[];
}

/** Returns the tenants of a shard, from its map and its state alone. */
export function fleetTenantsOf(
  shard: string,
  stored: VaultMap,
  state: Pick<ShardState, 'tenants' | 'knowledge'>,
): FleetTenant[] {
  const { knowledge } = state;
  const map = trustIssued(stored, knowledge);
  return [...map.tenants.keys()].map((tenant) => {
    const entry = resolveTenant(tenant, map);
    const isMoved = movedTo(state.tenants, tenant) !== null;
    const marks = marksOf(state, tenant);
    const ends = isTenant(entry) && !isMoved ? endsOf(clockFactsOf(entry, marks)) : [];
    const { former_names: formerNames = [], account } = state.tenants.get(tenant) ?? {};
    const fault = isMoved ? null : standingFailure(entry, { map, knowledge, error: marks.error });
    const known = {
      fault,
      hadCredential: hadCredential(knowledge, tenant),
      // Where it lives now, its end is another, and nobody waits for its failure here to end.
      marks: isMoved ? { ...marks, error: null } : marks,
      formerNames,
      account: accountFacts(account),
      ends,
    };
    return {
      tenant,
      shard,
      entry,
      traits: traitsOf(tenant, map),
      ...known,
    };
  });
}
