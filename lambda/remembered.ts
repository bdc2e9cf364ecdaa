interface Memory<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** Returns what is remembered of a key. Where nothing is, finds it and remembers it. */
export function remembered<K, V>(memory: Memory<K, V>, key: K, find: (key: K) => V): V {
  const known = memory.get(key);
  if (known !== undefined) {
    return known;
  }
  const found = find(key);
  memory.set(key, found);
  return found;
}
