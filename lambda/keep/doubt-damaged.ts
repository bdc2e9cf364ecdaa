import { type ExchangeKey, parseExchangeKey } from '../history/archived-exchange.ts';
import { type Family, familyOfTenant, type Knowledge } from '../history/families.ts';
import { justAfter, later, turnOf } from '../history/stamp.ts';
import { isTurnOfShard } from './turn.ts';

/**
 * Doubts families of which an object is damaged that came after their newest answer. It may be the
 * answer that brought the current credential. A good version of it ends the doubt. Returns the key
 * of that object for each of their tenants. `currentTurn` is the shard's.
 */
export function doubtDamaged(
  knowledge: Knowledge,
  damaged: ReadonlySet<string>,
  currentTurn: number,
): Map<string, string> {
  const keys = new Map<Family, string>();
  for (const key of damaged) {
    const named = parseExchangeKey(key);
    const family = named && familyOfTenant(knowledge, named.tenant);
    if (family && isTurnOfShard(named.turn, currentTurn) && mayFollow(named, family)) {
      family.doubted = later(family.doubted, justAfter(family.stamp));
      keys.set(family, key);
    }
  }
  const untold = new Map<string, string>();
  for (const tenant of knowledge.tenants.keys()) {
    const family = familyOfTenant(knowledge, tenant);
    const key = family && keys.get(family);
    if (key !== undefined) {
      untold.set(tenant, key);
    }
  }
  return untold;
}

/**
 * Tells whether an exchange may have come after the newest answer of a family. Number 0 of a turn
 * is no exchange. Of the same turn only the next number counts. Where a credential became current
 * without an object, by its record in the index, the damaged object is the one that is missing.
 */
function mayFollow({ turn, tenant, attempt }: ExchangeKey, { stamp, key }: Family): boolean {
  if (attempt === 0 || turn !== turnOf(stamp)) {
    return attempt > 0 && turn > turnOf(stamp);
  }
  if (key === null) {
    return false;
  }
  const newest = parseExchangeKey(key);
  const isOfTurn = newest?.turn === turn && newest.tenant === tenant;
  return !isOfTurn || attempt === newest.attempt + 1;
}
