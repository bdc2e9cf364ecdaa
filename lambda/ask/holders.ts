import { fingerprint } from '../fingerprint.ts';
import type { Knowledge } from '../history/families.ts';
import type { Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import type { VaultMap } from '../map/vault-map.ts';

/** Holds the tenants of one map by the credential that they hold. */
export type Holders = ReadonlyMap<string, readonly Tenant[]>;

/** Returns who in this map holds which credential. */
export function findHolders(map: VaultMap): Holders {
  const holders = new Map<string, Tenant[]>();
  for (const name of map.tenants.keys()) {
    const tenant = resolveTenant(name, map);
    if (!isTenant(tenant) || tenant.credential.kind === 'none') {
      continue;
    }
    const print = tenant.credential.fingerprint;
    const known = holders.get(print) ?? [];
    holders.set(print, [...known, tenant]);
  }
  return holders;
}

/** Returns the names of the others that hold a tenant's credential. */
export function othersHolding(holders: Holders, tenant: Tenant): string[] {
  return holding(holders, tenant)
    .map(({ name }) => name)
    .filter((name) => name !== tenant.name);
}

/**
 * Returns the others that hold the tenant's credential under another client, where the tenant may
 * not be asked for them. A credential goes on with the client that it was issued to.
 */
export function rivalsOf(holders: Holders, tenant: Tenant, knowledge: Knowledge): string[] {
  const all = holding(holders, tenant);
  if (all.every(({ client }) => client === tenant.client)) {
    return [];
  }
  const { credential } = tenant;
  const family =
    credential.kind === 'none' ? undefined : knowledge.families.get(credential.fingerprint);
  const isOwner = family?.client === fingerprint(tenant.client);
  return isOwner ? [] : othersHolding(holders, tenant);
}

function holding(holders: Holders, { credential }: Tenant): readonly Tenant[] {
  return credential.kind === 'none' ? [] : (holders.get(credential.fingerprint) ?? []);
}
