/** Places where null is a value of its own. Anywhere else it removes what the other one has. */
const NULL_MEANS: readonly RegExp[] = [
  /^token_url$/,
  /^grants\.[a-z_]+\.grant_type$/,
  /^(?:grants\.[a-z_]+\.)?response\.(?:refresh_token|token_type|default_expires_in_s)$/,
  /^authorize\.(?:url|names\.[a-z_]+)$/,
];

const NAME = /^[\x20-\x7e]{1,128}$/;
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const MOST_LEVELS = 8;

/** A place in an operator's definition that is wrong, and our own words for it. */
export interface Fault {
  path: string;
  problem: string;
}

/**
 * Lays an operator's definition over a shipped one: objects are merged, texts and lists replaced,
 * and null removes. Returns the fault of names and depths that no definition has.
 */
export function mergeDefinition(
  base: unknown,
  own: unknown,
  path: readonly string[] = [],
): { merged: unknown } | Fault {
  if (!isPlain(own)) return { merged: own };
  if (path.length > MOST_LEVELS)
    return { path: path.join('.'), problem: `it is nested more than ${MOST_LEVELS} levels deep` };
  const merged = new Map(Object.entries(isPlain(base) ? base : {}));
  for (const [key, value] of Object.entries(own)) {
    if (!NAME.test(key) || FORBIDDEN.has(key))
      return { path: path.join('.'), problem: 'it has a name that is not allowed' };
    const inner = [...path, key];
    if (value === null && !NULL_MEANS.some((place) => place.test(inner.join('.')))) {
      merged.delete(key);
      continue;
    }
    const laid = mergeDefinition(merged.get(key), value, inner);
    if ('problem' in laid) return laid;
    merged.set(key, laid.merged);
  }
  return { merged: Object.fromEntries(merged) };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
