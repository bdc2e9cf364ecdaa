import type { Knowledge } from '../history/families.ts';
import type { TenantState } from '../history/shard-state.ts';
import { isOfConsent, isOtherAccount } from '../history/tenant-account.ts';
import { definitionFields } from '../providers/request-fields.ts';
import type { Tenant } from './tenant.ts';

/** Describes a consent of another account than expected: nothing is published for it. */
export interface AccountHold {
  /** Hash of the account that consented. */
  account: string;
  /** Fingerprint of the credential of the consent before, or null where there is none. */
  earlier: string | null;
}

/** What a shard's state knows. */
interface Known {
  tenants: ReadonlyMap<string, TenantState>;
  knowledge: Knowledge;
}

/**
 * Returns why nothing is published for a tenant's credential, or null where nothing is in the way.
 * It is held while it comes from the newest consent, and that one came from another account than
 * the one that the entry names, or than the consent before it.
 */
export function accountHold(
  tenant: Tenant,
  credential: string | null,
  { tenants, knowledge }: Known,
): AccountHold | null {
  const account = tenants.get(tenant.name)?.account;
  const [hash] = account?.found ?? [];
  if (!account || hash === undefined || credential === null) {
    return null;
  }
  const isHeld =
    isOfConsent(knowledge, credential, account.consent) &&
    isOtherAccount(account, pinnedAccount(tenant));
  return isHeld ? { account: hash, earlier: account.earlier } : null;
}

/**
 * Returns the hash of the account that an entry names for its consents, or null. Where a platform's
 * requests have a field of that name, it is theirs.
 */
export function pinnedAccount({
  provider,
  fields,
}: Pick<Tenant, 'provider' | 'fields'>): string | null {
  if (!provider.account || definitionFields(provider).includes('account')) {
    return null;
  }
  return fields.get('account') ?? null;
}
