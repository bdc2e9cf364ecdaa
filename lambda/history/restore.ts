import { type Family, familyOfTenant, isSent, issuedAt, type Knowledge } from './families.ts';
import { OLD } from './stamp.ts';

/** Describes what an entry of the map holds. Fingerprints only. */
export interface Held {
  tenant: string;
  code: string | null;
  refreshToken: string | null;
}

/** Describes what is to be done about one entry of the map. */
export interface Restoration {
  tenant: string;
  /** The refresh token that the entry holds now. */
  holds: string | null;
  /** The family whose current credential the entry should hold, or null where none is known. */
  family: Family | null;
  /** Says whether the tenant joins that family with it, which an adopted entry must say first. */
  joins: boolean;
  /** The credential to put, or null where the entry holds the right one, or nothing is known. */
  put: string | null;
  /** Says whether the entry's code was sent, and goes. */
  removeCode: boolean;
}

/**
 * Says for every entry of the map what it should hold by all that is known. A credential that
 * nothing knows stays. It is the operator's, or it is not known yet.
 */
export function restore(held: readonly Held[], knowledge: Knowledge): Restoration[] {
  return held.map((entry) => restoreOne(entry, knowledge));
}

function restoreOne(entry: Held, knowledge: Knowledge): Restoration {
  const { tenant, code, refreshToken } = entry;
  const removeCode = code !== null && isSent(knowledge, code);
  const target = targetOf(entry, removeCode, knowledge);
  const current = target?.family.current ?? null;
  return {
    tenant,
    holds: refreshToken,
    family: target?.family ?? null,
    joins: target?.joins ?? false,
    put: current === refreshToken ? null : current,
    removeCode,
  };
}

function targetOf({ tenant, code, refreshToken }: Held, isCodeSent: boolean, knowledge: Knowledge) {
  const sent = isCodeSent ? code : null;
  if (refreshToken === null) {
    return sent === null ? null : familyAfterCode(tenant, sent, knowledge);
  }
  const byToken = familyFor(tenant, refreshToken, knowledge);
  if (sent === null || !byToken?.joins) {
    return byToken;
  }
  const brought = knowledge.families.get(sent);
  const isOwn = brought !== undefined && brought === familyOfTenant(knowledge, tenant);
  // The token beside a sent code was there before. The one that the code brought follows it.
  return isOwn ? { family: brought, joins: false } : byToken;
}

/**
 * Returns the family that an entry with this credential belongs to, or null where nothing knows the
 * credential. A credential of one of the tenant's earlier families is an old copy. If it was issued
 * after the tenant had left that family, the operator shares it again.
 */
export function familyFor(
  tenant: string,
  credential: string,
  knowledge: Knowledge,
): { family: Family; joins: boolean } | null {
  const family = knowledge.families.get(credential);
  if (!family) {
    return null;
  }
  const membership = knowledge.tenants.get(tenant);
  if (!membership) {
    return { family, joins: true };
  }
  if (hasRoot(family, membership.root, knowledge)) {
    return { family, joins: false };
  }
  const own = familyOfTenant(knowledge, tenant);
  const isEarlier = [...membership.had].some((root) => hasRoot(family, root, knowledge));
  const isOldCopy = isEarlier && issuedAt(family, credential) < membership.joined;
  return isOldCopy && own ? { family: own, joins: false } : { family, joins: true };
}

/**
 * A code that was sent leaves what it brought, unless the tenant has joined another family since.
 */
function familyAfterCode(
  tenant: string,
  code: string,
  knowledge: Knowledge,
): { family: Family; joins: boolean } | null {
  const brought = knowledge.families.get(code);
  const own = familyOfTenant(knowledge, tenant);
  const joined = knowledge.tenants.get(tenant)?.joined ?? OLD;
  const marked = knowledge.codes.get(code)?.marked ?? OLD;
  if (brought && brought !== own && marked > joined) {
    return { family: brought, joins: true };
  }
  return own ? { family: own, joins: false } : null;
}

function hasRoot(family: Family, root: string, knowledge: Knowledge): boolean {
  return family.roots.has(root) || knowledge.families.get(root) === family;
}
