import { remembered } from '../remembered.ts';
import { parseExchangeKey } from './archived-exchange.ts';
import { earliest, later, newest, OLD, type Stamp } from './stamp.ts';

/**
 * All credentials that came from one consent. `current` is what the entry with the greatest stamp
 * issued. Every other member is past, and is never sent.
 */
export interface Family {
  roots: Set<string>;
  /** Says when each member was issued. Null where it is not known, which counts as old. */
  members: Map<string, Stamp | null>;
  current: string | null;
  /** Stamp of the entry that made the current one current. */
  stamp: Stamp;
  /** Archive key of the newest entry that holds the current one's value. */
  key: string | null;
  /** The client to which the current one was issued, by fingerprint, as far as it is known. */
  client: string | null;
  /** The newest access token that was issued to the family. */
  token: Readonly<Token> | null;
  /** Says when its client last consented, which is when a code was exchanged (ISO-8601). */
  consented_at: string | null;
  /** The end of the refresh token, by the newest reply that named one. */
  refresh_end: Readonly<{ at: string; stamp: Stamp }> | null;
  /** The newest success that nobody could read. */
  unread: Readonly<Unread> | null;
  /** Says when an operator last let go of an unread answer. */
  released: Stamp;
  /** Says when a run last left the family without being certain of its current credential. */
  doubted: Stamp;
  /** Says whether this shard owns the family, as the index says. */
  own: boolean;
  /** The credential whose record the index has, besides the roots. */
  indexed: string | null;
}

/** An access token that an exchange issued. */
export interface Token {
  /** Fingerprint of the credential, or of the request's identity, that it was issued for. */
  for: string;
  /** Archive key of the exchange. */
  key: string;
  stamp: Stamp;
  /** ISO-8601 instants. `expires_at` is null for a token without an end. */
  rotated_at: string;
  expires_at: string | null;
  /** Says when the code was exchanged, where a code brought the token. */
  consented_at?: string | undefined;
}

interface Unread {
  spent: string;
  key: string;
  stamp: Stamp;
  /** ISO-8601 instant of the exchange. */
  since: string;
}

/** Says to which family a tenant belongs, the one that it joined last. */
interface Membership {
  root: string;
  joined: Stamp;
  /** Roots of its earlier families. */
  had: Set<string>;
  /** Says when the newest entry was filed that names the tenant (ISO-8601). */
  namedAt: string;
}

/** An authorization code that was marked to be sent. */
export interface Code {
  /** Whom it was for, or null where that is not known. */
  tenant: string | null;
  marked: Stamp;
  /** Says when a request with it last failed before it left. */
  unsent: Stamp;
}

/** Holds all that is known of a shard's credentials. */
export interface Knowledge {
  /** By each member's fingerprint. */
  families: Map<string, Family>;
  tenants: Map<string, Membership>;
  codes: Map<string, Readonly<Code>>;
  /** Tokens of tenants whose grant spends nothing, or whose code brought no refresh token. */
  tokens: Map<string, Readonly<Token>>;
}

/** Makes an empty knowledge. */
export function newKnowledge(): Knowledge {
  return {
    families: new Map(),
    tenants: new Map(),
    codes: new Map(),
    tokens: new Map(),
  };
}

/** Returns a copy that may be changed. It shares with the original what is never changed. */
export function copyKnowledge({ families, tenants, codes, tokens }: Knowledge): Knowledge {
  const copies = new Map<Family, Family>();
  const copyOf = (family: Family) => remembered(copies, family, () => copyFamily(family));
  return {
    families: new Map([...families].map(([print, family]) => [print, copyOf(family)])),
    tenants: new Map([...tenants].map(([name, of]) => [name, { ...of, had: new Set(of.had) }])),
    codes: new Map(codes),
    tokens: new Map(tokens),
  };
}

function copyFamily(family: Family): Family {
  return {
    ...family,
    roots: new Set(family.roots),
    members: new Map(family.members),
  };
}

/** Returns the family of these credentials, which are one from now on. Makes it where it is new. */
export function unite(knowledge: Knowledge, prints: readonly (string | null)[]): Family {
  const known = prints.filter((print) => print !== null);
  const families = new Set(known.flatMap((print) => knowledge.families.get(print) ?? []));
  const [first = newFamily(), ...others] = families;
  const family = others.reduce((one, other) => merge(knowledge, one, other), first);
  for (const print of known) {
    knowledge.families.set(print, family);
  }
  return family;
}

function merge(knowledge: Knowledge, a: Family, b: Family): Family {
  const [into, from] = a.stamp >= b.stamp ? [a, b] : [b, a];
  for (const [print, born] of from.members) {
    into.members.set(print, earliest(into.members.get(print) ?? null, born));
  }
  for (const root of from.roots) {
    into.roots.add(root);
  }
  for (const print of printsOf(from)) {
    knowledge.families.set(print, into);
  }
  into.own &&= from.own;
  into.client ??= from.client;
  into.token = newest(into.token, from.token);
  into.consented_at = laterInstant(into.consented_at, from.consented_at);
  into.refresh_end = newest(into.refresh_end, from.refresh_end);
  into.unread = newest(into.unread, from.unread);
  into.released = later(into.released, from.released);
  into.doubted = later(into.doubted, from.doubted);
  return into;
}

/** Returns the later of two ISO-8601 instants, as far as they are known. */
export function laterInstant(a: string | null, b: string | null): string | null {
  if (a === null || b === null) {
    return a ?? b;
  }
  return a > b ? a : b;
}

/** Returns a family in which nothing is known. */
function newFamily(): Family {
  return {
    roots: new Set(),
    members: new Map(),
    current: null,
    stamp: OLD,
    key: null,
    client: null,
    token: null,
    consented_at: null,
    refresh_end: null,
    unread: null,
    released: OLD,
    doubted: OLD,
    own: false,
    indexed: null,
  };
}

/** Takes a family out of what is known, with all its members. */
export function forgetFamily(knowledge: Knowledge, family: Family): void {
  for (const print of printsOf(family)) {
    knowledge.families.delete(print);
  }
}

/** Returns all credentials that a family is known by. */
function printsOf({ roots, members }: Family): string[] {
  return [...roots, ...members.keys()];
}

/** Takes the oldest members out of what is known, down to `most` and never the current one. */
export function forgetOldMembers(knowledge: Knowledge, family: Family, most: number): void {
  const tooMany = family.members.size - most;
  if (tooMany <= 0) {
    return;
  }
  for (const print of membersByAge(family).slice(0, tooMany)) {
    if (print === family.current) {
      continue;
    }
    family.members.delete(print);
    if (!family.roots.has(print)) {
      knowledge.families.delete(print);
    }
  }
}

function membersByAge(family: Family): string[] {
  const age = (print: string) => `${issuedAt(family, print)} ${print}`;
  return [...family.members.keys()].sort((a, b) => (age(a) < age(b) ? -1 : 1));
}

/** Returns when a member was issued, or OLD where that is not known. */
export function issuedAt(family: Family, print: string): Stamp {
  return family.members.get(print) ?? OLD;
}

/** Returns whether a platform issued a credential, as far as is known, and not only an operator. */
export function isIssued(knowledge: Knowledge, print: string): boolean {
  const family = knowledge.families.get(print);
  return family?.members.has(print) === true && !family.roots.has(print);
}

/**
 * Returns one name for a family, the first of its roots. A family of version 0.1 has none. Its
 * oldest member becomes one.
 */
export function rootOf(family: Family): string {
  if (family.roots.size === 0) {
    const [oldest] = membersByAge(family);
    if (oldest === undefined) {
      throw new Error('a family has no member');
    }
    family.roots.add(oldest);
  }
  const [root = ''] = [...family.roots].sort();
  return root;
}

/** Returns the family that a tenant belongs to, as far as it is known. */
export function familyOfTenant(knowledge: Knowledge, tenant: string): Family | undefined {
  const membership = knowledge.tenants.get(tenant);
  return membership && knowledge.families.get(membership.root);
}

/** Returns the newest access token of a tenant, whatever it was issued for. */
export function newestToken(knowledge: Knowledge, tenant: string): Token | null {
  const family = familyOfTenant(knowledge, tenant);
  return newest(knowledge.tokens.get(tenant) ?? null, family?.token ?? null);
}

/** Tells whether a tenant's credential came from a code itself, and was never exchanged since. */
export function isFromCode(knowledge: Knowledge, tenant: string): boolean {
  const family = familyOfTenant(knowledge, tenant);
  if (!family) {
    return false;
  }
  const isOfCode = [...family.roots].some((root) => knowledge.codes.has(root));
  if (!isOfCode) {
    return false;
  }
  const issued = [...family.members.keys()].filter((member) => !family.roots.has(member));
  const [first, ...others] = issued;
  return others.length === 0 && first !== undefined && first === family.current;
}

/** Tells whether a code was sent, or may have been. */
export function isSent(knowledge: Knowledge, code: string): boolean {
  const known = knowledge.codes.get(code);
  return known !== undefined && known.marked > known.unsent;
}

/**
 * Tells whether the family waits for an operator. Its current credential was answered by a success
 * that nobody could read, and nobody has let go of that answer.
 */
export function isHeld({ unread, current, roots, released }: Family): boolean {
  if (unread === null || unread.stamp <= released) {
    return false;
  }
  const isOfCode = current === null && roots.has(unread.spent);
  return isOfCode || unread.spent === current;
}

/**
 * Returns the family of a tenant's code whose answer nobody could read, unless the tenant has got
 * another consent since. What its entry holds beside the code may be sent.
 */
export function unreadConsentOf(knowledge: Knowledge, tenant: string): Family | null {
  return unreadConsents(knowledge).get(tenant) ?? null;
}

/** Returns the families that unreadConsentOf finds, by tenant. */
export function unreadConsents({ families, tenants }: Knowledge): Map<string, Family> {
  const consents = new Map<string, Family>();
  for (const family of families.values()) {
    const { current, unread } = family;
    if (unread === null || current !== null || !isHeld(family)) {
      continue;
    }
    const tenant = parseExchangeKey(unread.key)?.tenant;
    if (tenant === undefined || consents.has(tenant)) {
      continue;
    }
    const joined = tenants.get(tenant)?.joined ?? OLD;
    if (unread.stamp > joined) {
      consents.set(tenant, family);
    }
  }
  return consents;
}

/** Tells whether another credential than the current one may be the live one. */
export function isInDoubt({ doubted, stamp }: Family): boolean {
  return doubted > stamp;
}

/** Tells whether a code of a tenant was sent. Somebody has consented for it, or tried to. */
export function hasSentCode({ codes }: Knowledge, tenant: string): boolean {
  return [...codes.values()].some((code) => code.tenant === tenant && code.marked > code.unsent);
}
