import { listOf } from '../providers/fields.ts';
import type { GrantName, ProviderDefinition } from '../providers/provider.ts';
import { grantNeeds, ownGrants } from '../providers/request-fields.ts';
import { EntryFault, type MergedEntry, readOneOf } from './merged-entry.ts';
import { requireFields } from './tenant-fields.ts';

/** The grant of an entry, and by what it was chosen. */
export interface ChosenGrant {
  grant: GrantName;
  /**
   * - `credential`: the credential that the entry holds.
   * - `entry`: its own field `grant`.
   * - `default`: the definition's `default_grant`.
   * - `habit`: version 0.1 asked as the client itself. The tenant's history must allow it.
   * - `none`: nothing renews its token.
   */
  by: 'credential' | 'entry' | 'default' | 'habit' | 'none';
}

/**
 * Chooses the grant of an entry. A code or a refresh token comes first, then the grant that the
 * entry names, then what the provider's definition grants unasked. Throws EntryFault.
 */
export function chooseGrant(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): ChosenGrant {
  return (
    heldGrant(entry, provider, fields) ??
    namedGrant(entry, provider, fields) ??
    unaskedGrant(entry, provider, fields)
  );
}

/** The grants whose credential the entry holds, in a field of the same name. */
const SPENDING = ['authorization_code', 'device_code', 'refresh_token'] as const;

function heldGrant(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): ChosenGrant | undefined {
  const grant = SPENDING.find((one) => fields.has(one));
  if (grant === undefined) {
    return undefined;
  }
  if (!provider.grants[grant]) {
    const path = entry.pathOf(grant);
    // The command takes the refresh token away, too.
    const isAlone = grant === 'refresh_token' || !fields.has('refresh_token');
    const command = isAlone && path.startsWith('tenants.') ? `: tokens clear ${entry.tenant}` : '.';
    throw new EntryFault(path, `${provider.title} takes none`, `Remove ${path}${command}`);
  }
  requireFields(entry, fields, grantNeeds(provider, grant));
  return { grant, by: 'credential' };
}

function namedGrant(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): ChosenGrant | undefined {
  const held = SPENDING.filter((one) => provider.grants[one]);
  const grant = readOneOf(entry, 'grant', [...ownGrants(provider), ...held]);
  if (grant === undefined) {
    return undefined;
  }
  if (held.some((one) => one === grant)) {
    throw noCredential(entry);
  }
  requireFields(entry, fields, grantNeeds(provider, grant));
  return { grant, by: 'entry' };
}

function unaskedGrant(
  entry: MergedEntry,
  provider: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): ChosenGrant {
  const isUsable = (grant: GrantName) =>
    grantNeeds(provider, grant).every((field) => fields.has(field));
  const defaults = listOf(provider.default_grant);
  const usable = defaults.find(isUsable);
  if (usable) {
    return { grant: usable, by: 'default' };
  }
  if (!provider.grants.refresh_token && defaults[0]) {
    requireFields(entry, fields, grantNeeds(provider, defaults[0]));
  }
  if (provider.renewal === 'none') {
    return { grant: 'authorization_code', by: 'none' };
  }
  const isHabit = provider.grants.client_credentials && isUsable('client_credentials');
  if (isHabit) {
    return { grant: 'client_credentials', by: 'habit' };
  }
  throw noCredential(entry);
}

function noCredential(entry: MergedEntry): EntryFault {
  return new EntryFault(
    entry.pathOf('refresh_token'),
    'it holds no credential yet',
    `Connect it: tokens connect ${entry.tenant}`,
  );
}
