const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether `name` may name a tenant, an app or a shard (design section 3). */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** The shard of the secret that has no suffix. */
export const DEFAULT_SHARD = 'default';
