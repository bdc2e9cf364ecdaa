import { isObject } from '../is-object.ts';

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

/** Returns the first name or depth that no definition has, in lists too. */
export function shapeFault(own: unknown, path: readonly string[] = []): Fault | undefined {
  if (typeof own !== 'object' || own === null) {
    return undefined;
  }
  if (path.length > MOST_LEVELS) {
    return { path: path.join('.'), problem: `it is nested more than ${MOST_LEVELS} levels deep` };
  }
  for (const [key, value] of Object.entries(own)) {
    if (!NAME.test(key) || FORBIDDEN.has(key.replace(/\?$/, ''))) {
      return { path: path.join('.'), problem: 'it has a name that is not allowed' };
    }
    const fault = shapeFault(value, [...path, key]);
    if (fault) {
      return fault;
    }
  }
  return undefined;
}

/**
 * Lays an operator's definition over a shipped one. Objects are merged, texts and lists replaced,
 * and null removes. Its names and depth are those of a definition (`shapeFault`).
 */
export function mergeDefinition(
  base: unknown,
  own: unknown,
  path: readonly string[] = [],
): unknown {
  if (!isObject(own)) {
    return own;
  }
  const merged = new Map(Object.entries(isObject(base) ? base : {}));
  for (const [key, value] of Object.entries(own)) {
    const inner = [...path, key];
    const isRemoved = value === null && !NULL_MEANS.some((place) => place.test(inner.join('.')));
    if (isRemoved) {
      merged.delete(key);
    } else {
      merged.set(key, mergeDefinition(merged.get(key), value, inner));
    }
  }
  return Object.fromEntries(merged);
}
