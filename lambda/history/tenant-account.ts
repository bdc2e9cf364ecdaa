import { createHmac, randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { Family, Knowledge } from './families.ts';

/** Describes from whose consents a tenant's credentials came, as its platform said. Hashes only. */
export const tenantAccountSchema = z.lazy(() =>
  z.object({
    /** The key of the hashes. It is random, so that nobody finds an account by trying numbers. */
    key: z.string(),
    /** Fingerprint of the code of the newest consent that was looked at. */
    consent: z.string(),
    /** The accounts of that consent. None where the platform did not tell. */
    found: z.array(z.string()),
    /** The accounts of the last consent that was taken for the right one. */
    right: z.array(z.string()),
    /** Fingerprint of the credential that the last right consent brought, or null for none. */
    earlier: z.nullable(z.string()),
    /** No mail named the account of the first consent yet. */
    untold: z.optional(z.literal(true)),
  }),
);
export type TenantAccount = z.infer<typeof tenantAccountSchema>;

/** Two lists of more accounts are compared by so many of each. */
const MOST_KEPT = 20;
const HASH_LENGTH = 16;

/** Describes a consent that was looked at. */
interface Consent {
  /** Fingerprint of its code. */
  code: string;
  /** Empty where the platform did not tell. */
  accounts: readonly string[];
  /** Fingerprint of the credential that the tenant had before, or null. */
  replaced: string | null;
}

/**
 * Notes the accounts that a consent came from. After a consent of another account, the credential
 * before that one stays the earlier one.
 */
export function noteAccounts(
  before: TenantAccount | undefined,
  { code, accounts, replaced }: Consent,
): TenantAccount {
  const { key, right, untold } = before ?? newAccount();
  const hashes = new Set(accounts.map((account) => hashOf(key, account)));
  const isFirst = hashes.size > 0 && right.length === 0;
  const wasOther = before !== undefined && isOtherAccount(before, null);
  return {
    key,
    consent: code,
    found: [...hashes].sort().slice(0, MOST_KEPT),
    right,
    earlier: wasOther ? before.earlier : replaced,
    ...((isFirst || untold) && { untold: true as const }),
  };
}

function newAccount(): Pick<TenantAccount, 'key' | 'right' | 'untold'> {
  return { key: randomBytes(16).toString('base64url'), right: [] };
}

/**
 * Takes the newest consent for the right one, unless it is another account's. `pinned` is the
 * account that the entry names.
 */
export function settleAccount(account: TenantAccount, pinned: string | null): TenantAccount {
  const { found, right } = account;
  const isKnown = found.length === 0 || found.join() === right.join();
  if (isKnown || isOtherAccount(account, pinned)) {
    return account;
  }
  return { ...account, right: found };
}

/** Tells whether the newest consent came from another account than the one that is right. */
export function isOtherAccount({ found, right }: TenantAccount, pinned: string | null): boolean {
  const expected = pinned === null ? right : [pinned];
  if (found.length === 0 || expected.length === 0) {
    return false;
  }
  return !expected.some((hash) => found.includes(hash));
}

/** Tells whether a credential came from the consent with this code, or is the code itself. */
export function isOfConsent(
  { families }: Pick<Knowledge, 'families'>,
  credential: string,
  code: string,
): boolean {
  if (credential === code) {
    return true;
  }
  const family = families.get(credential);
  return family?.roots.has(code) === true;
}

/** Returns the account of a tenant's newest consent and what was there before, as far as known. */
export function accountFacts(account: TenantAccount | undefined): {
  account?: string;
  earlier?: string | null;
} {
  if (!account) {
    return {};
  }
  const [hash] = account.found;
  return hash === undefined ? {} : { account: hash, earlier: account.earlier };
}

/** Returns the current credential of the consent before the newest one, or null. */
export function earlierCredential(knowledge: Knowledge, tenant: string): string | null {
  const membership = knowledge.tenants.get(tenant);
  if (!membership) {
    return null;
  }
  const now = knowledge.families.get(membership.root);
  let earlier: Family | null = null;
  for (const root of membership.had) {
    const family = knowledge.families.get(root);
    if (!family || family === now || family.current === null) {
      continue;
    }
    if (earlier === null || family.stamp >= earlier.stamp) {
      earlier = family;
    }
  }
  return earlier === null ? null : earlier.current;
}

function hashOf(key: string, account: string): string {
  return createHmac('sha256', key).update(account).digest('hex').slice(0, HASH_LENGTH);
}
