const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Returns true if `name` can name a tenant, an app or a shard. `NAME_RULE` says the rule. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Says the rule, as words that follow "its" or "an app's". */
export const NAME_RULE =
  'name is not allowed: it must be 1 to 64 letters, digits, ".", "_" or "-", ' +
  'the first a letter or digit';

let collator: Intl.Collator | undefined;

/** Orders names as people read them, `client-2` before `client-10`. */
export function compareNaturally(a: string, b: string): number {
  // Made at its first use. It takes some milliseconds.
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

/** The shard of the secret that has no suffix. */
export const DEFAULT_SHARD = 'default';

/**
 * Returns the shard that a secret of the family `family` holds, or null for any other secret. The
 * secret `family` itself is the default shard, and `family/eu` is the shard eu. `family/eu/backup`
 * and `family/default` are none.
 */
export function shardOfSecret(family: string, secretName: string): string | null {
  if (secretName === family) {
    return DEFAULT_SHARD;
  }
  if (!secretName.startsWith(`${family}/`)) {
    return null;
  }
  const shard = secretName.slice(family.length + 1);
  return isName(shard) && shard !== DEFAULT_SHARD ? shard : null;
}

/** Returns the name of the secret of a family that holds `shard`. */
export function secretOfShard(family: string, shard: string): string {
  return shard === DEFAULT_SHARD ? family : `${family}/${shard}`;
}
