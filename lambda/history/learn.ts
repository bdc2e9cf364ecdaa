import { timeOfKey } from './archived-exchange.ts';
import { type Family, type Knowledge, laterInstant, type Token, unite } from './families.ts';
import { earliest, justAfter, later, newest, OLD, type Stamp } from './stamp.ts';

/** Describes what an archived exchange means for the families. Holds fingerprints only. */
export interface Entry {
  kind:
    | 'exchange'
    | 'code'
    | 'adopted'
    | 'claim'
    | 'marked'
    | 'unmarked'
    | 'moved'
    | 'reread'
    | 'released';
  key: string;
  /** Says when it was filed (ISO-8601). */
  filedAt: string;
  /** Says when its request was sent (ISO-8601). */
  sentAt: string;
  tenant: string;
  stamp: Stamp;
  /** Fingerprint of the client that asked, or null where nobody asked or it is not known. */
  client: string | null;
  /** Null for grants that spend no credential, and `unnamed` in entries of version 0.1. */
  root: string | 'unnamed' | null;
  spent: string | null;
  issued: string | null;
  born: Stamp | null;
  joined: Stamp;
  had: readonly string[];
  inDoubt: readonly string[];
  token: { expiresAt: string | null } | null;
  /** The end of the refresh token, where the reply named one. */
  refreshExpiresAt?: string | null;
  unread: boolean;
  /** Says whether the request failed before anything of it left. */
  unsent: boolean;
}

/**
 * Takes in one entry. The result depends on the set of entries alone, never on their order or on
 * how often each is taken in.
 */
export function learn(knowledge: Knowledge, entry: Entry): void {
  if (KINDS_OF_CODE.has(entry.kind)) {
    learnCode(knowledge, entry);
  }
  if (entry.kind === 'marked' || entry.unsent) {
    return;
  }
  if (isOfFamily(entry)) {
    learnSuccession(knowledge, entry);
  } else if (entry.token) {
    learnOwnToken(knowledge, entry, entry.token);
  }
}

const KINDS_OF_CODE: ReadonlySet<Entry['kind']> = new Set(['marked', 'unmarked', 'code']);

/** A code that brought no refresh token makes no family. */
function isOfFamily({ kind, root, issued, unread }: Entry): boolean {
  if (kind === 'code' && issued === null && !unread) {
    return false;
  }
  return root !== null;
}

function learnCode(knowledge: Knowledge, entry: Entry): void {
  const { spent, stamp, unsent } = entry;
  if (spent === null) {
    return;
  }
  const code = knowledge.codes.get(spent) ?? { tenant: null, marked: OLD, unsent: OLD };
  const isNewer = code.tenant === null || stamp > later(code.marked, code.unsent);
  const tenant = isNewer ? entry.tenant : code.tenant;
  const learned = unsent
    ? { ...code, tenant, unsent: later(code.unsent, stamp) }
    : { ...code, tenant, marked: later(code.marked, stamp) };
  knowledge.codes.set(spent, learned);
}

function learnSuccession(knowledge: Knowledge, entry: Entry): void {
  const { spent, issued, stamp, kind } = entry;
  const root = entry.root === 'unnamed' ? null : entry.root;
  const family = unite(knowledge, [root, spent, issued]);
  if (root !== null) {
    family.roots.add(root);
  }
  for (const doubted of entry.inDoubt) {
    // An entry that names its own family says that the doubt goes on in spite of it.
    const since = doubted === root ? justAfter(stamp) : stamp;
    putInDoubt(knowledge, doubted, since);
  }
  if (kind === 'released') {
    family.released = later(family.released, stamp);
  }
  if (kind === 'claim' || kind === 'released') {
    return;
  }
  if (spent !== null && !family.members.has(spent)) {
    family.members.set(spent, null);
  }
  if (issued !== null) {
    learnIssued(family, entry, issued);
  }
  learnClocks(family, entry);
  learnAnswer(family, entry);
  // A code whose answer nobody could read has brought nothing yet.
  if (kind === 'code' && issued === null) {
    return;
  }
  learnMembership(knowledge, entry, root ?? spent ?? issued);
}

function putInDoubt(knowledge: Knowledge, root: string, stamp: Stamp): void {
  const family = unite(knowledge, [root]);
  family.roots.add(root);
  family.doubted = later(family.doubted, stamp);
}

function learnIssued(family: Family, entry: Entry, issued: string): void {
  const { stamp, key } = entry;
  // An echo does not make a credential younger.
  const isEcho = issued === entry.spent;
  const born = entry.born ?? (isEcho ? null : stamp);
  family.members.set(issued, earliest(family.members.get(issued) ?? null, born));
  // One that is filed again keeps its stamp. And a state forgets the key of an answer that the
  // archive got after its run.
  const isAgain = stamp === family.stamp && issued === family.current;
  if (stamp <= family.stamp && !isAgain) {
    return;
  }
  family.current = issued;
  family.stamp = stamp;
  family.key = isAgain ? newerKey(family.key, key) : key;
  family.client = entry.client ?? family.client;
}

/** Returns the key of the object that will expire later. Both hold the same value. */
function newerKey(one: string | null, other: string): string {
  if (one === null) {
    return other;
  }
  const age = (key: string) => `${timeOfKey(key)} ${key}`;
  return age(other) > age(one) ? other : one;
}

function learnClocks(family: Family, { kind, sentAt, stamp, refreshExpiresAt }: Entry): void {
  if (kind === 'code') {
    family.consented_at = laterInstant(family.consented_at, sentAt);
  }
  if (!refreshExpiresAt) {
    return;
  }
  family.refresh_end = newest(family.refresh_end, { at: refreshExpiresAt, stamp });
}

function learnAnswer(family: Family, entry: Entry): void {
  const { spent, issued, stamp, key, sentAt } = entry;
  const tokenFor = issued ?? spent;
  if (entry.token && tokenFor !== null) {
    family.token = newest(family.token, toToken(tokenFor, entry, entry.token));
  }
  if (!entry.unread || spent === null) {
    return;
  }
  family.unread = newest(family.unread, {
    spent,
    key,
    stamp,
    since: sentAt,
  });
}

function learnMembership(knowledge: Knowledge, entry: Entry, root: string | null): void {
  if (root === null) {
    return;
  }
  const { tenant, joined, had, filedAt } = entry;
  const known = knowledge.tenants.get(tenant);
  if (!known) {
    knowledge.tenants.set(tenant, {
      root,
      joined,
      had: new Set(had),
      namedAt: filedAt,
    });
    return;
  }
  for (const earlierRoot of had) {
    known.had.add(earlierRoot);
  }
  if (filedAt > known.namedAt) {
    known.namedAt = filedAt;
  }
  if (joined < known.joined) {
    known.had.add(root);
  }
  if (joined <= known.joined) {
    return;
  }
  known.had.add(known.root);
  known.root = root;
  known.joined = joined;
}

function learnOwnToken(
  knowledge: Knowledge,
  entry: Entry,
  issued: { expiresAt: string | null },
): void {
  const { kind, tenant, spent, sentAt } = entry;
  if (spent === null) {
    return;
  }
  const token: Token = {
    ...toToken(spent, entry, issued),
    ...(kind === 'code' && { consented_at: sentAt }),
  };
  const known = knowledge.tokens.get(tenant) ?? null;
  knowledge.tokens.set(tenant, newest(known, token));
}

function toToken(
  tokenFor: string,
  { key, stamp, sentAt }: Pick<Entry, 'key' | 'stamp' | 'sentAt'>,
  { expiresAt }: { expiresAt: string | null },
): Token {
  return {
    for: tokenFor,
    key,
    stamp,
    rotated_at: sentAt,
    expires_at: expiresAt,
  };
}
