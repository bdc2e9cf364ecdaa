import { isName } from '../names.ts';

const PREFIX = 'shard-';

/**
 * Returns the alias of the refresh function that refreshes the tenants of `shard` alone, such as
 * `shard-eu`. An alias has no dots: `eu.west` is `shard-eu_dwest`, and an underscore is `_u`
 * (https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html).
 */
export function shardAlias(shard: string): string {
  return PREFIX + shard.replaceAll('_', '_u').replaceAll('.', '_d');
}

/** Returns the shard of an alias, or null for an alias that shardAlias never gives. */
export function shardOfAlias(alias: string): string | null {
  if (!alias.startsWith(PREFIX)) {
    return null;
  }
  const shard = alias.slice(PREFIX.length).replaceAll('_d', '.').replaceAll('_u', '_');
  return isName(shard) && shardAlias(shard) === alias ? shard : null;
}
