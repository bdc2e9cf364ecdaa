import { type ExchangeKey, parseExchangeKey } from '../history/archived-exchange.ts';
import { type Family, familyOfTenant, type Knowledge } from '../history/families.ts';
import { later, OLD, rightAfter, turnOf } from '../history/stamp.ts';
import { isTurnOfShard } from './turn.ts';

/** Says which objects could not be read, and which families an earlier run may have doubted. */
interface Damaged {
  keys: ReadonlySet<string>;
  /** The shard's turn. */
  turn: number;
  /** Families that were in doubt, and whose newer objects were all read. */
  looked: readonly Family[];
}

/**
 * Doubts families of which an object is damaged that came after their newest answer. It may be the
 * answer that brought the current credential. The doubt ends when the object can be read, or is
 * gone. Returns the key of that object for each of their tenants, and for a tenant of whose family
 * nothing is known. Number 0 of a turn is no exchange.
 */
export function doubtDamaged(
  knowledge: Knowledge,
  { keys, turn, looked }: Damaged,
): Map<string, string> {
  const untold = new Map<string, string>();
  const found = new Map<Family, string>();
  for (const key of keys) {
    const named = parseExchangeKey(key);
    if (!named || named.attempt === 0 || !isTurnOfShard(named.turn, turn)) {
      continue;
    }
    const family = familyOfTenant(knowledge, named.tenant);
    if (!family) {
      untold.set(named.tenant, key);
    } else if (mayFollow(named, family)) {
      family.doubted = later(family.doubted, rightAfter(family.stamp));
      found.set(family, key);
    }
  }
  for (const family of looked) {
    if (!found.has(family) && waitsForObject(family)) {
      family.doubted = OLD;
    }
  }
  return found.size === 0 ? untold : new Map([...untold, ...byTenant(knowledge, found)]);
}

/**
 * Tells whether a family waits for a damaged object. Nothing may be filed about it meanwhile. A
 * doubt that is filed does not end when that object can be read.
 */
export function waitsForObject({ doubted, stamp }: Family): boolean {
  return doubted === rightAfter(stamp);
}

function byTenant(knowledge: Knowledge, found: ReadonlyMap<Family, string>): Map<string, string> {
  const keys = [...knowledge.tenants.keys()].flatMap((tenant) => {
    const family = familyOfTenant(knowledge, tenant);
    const key = family && found.get(family);
    return key === undefined ? [] : [[tenant, key] as const];
  });
  return new Map(keys);
}

/**
 * Tells whether an exchange may have come after the newest answer of a family. Of the same turn only
 * the next number counts. Where a credential became current without an object, by its record in the
 * index, the damaged object is the one that is missing.
 */
function mayFollow({ turn, tenant, attempt }: ExchangeKey, { stamp, key }: Family): boolean {
  if (turn !== turnOf(stamp)) {
    return turn > turnOf(stamp);
  }
  if (key === null) {
    return false;
  }
  const newest = parseExchangeKey(key);
  const isOfTurn = newest?.turn === turn && newest.tenant === tenant;
  return !isOfTurn || attempt === newest.attempt + 1;
}
