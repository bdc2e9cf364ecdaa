import { shardPrefix } from '../../lambda/history/archived-exchange.ts';
import { isExchangeOf } from '../../lambda/history/former-names.ts';
import type { FormerName } from '../../lambda/history/shard-state.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import type { RunPorts } from '../../lambda/ports.ts';

type Stores = Pick<RunPorts, 'archive' | 'states'>;

/**
 * Lists the keys of a tenant's exchanges in these shards, those from before it was renamed
 * included. Throws StoreError.
 */
export async function listExchanges(
  { archive, states }: Stores,
  shards: readonly string[],
  tenant: string,
): Promise<string[]> {
  const formerNames = await readFormerNames({ states }, shards, tenant);
  const listed = await Promise.all(shards.map((shard) => archive.list(shardPrefix(shard))));
  return listed.flat().filter((key) => isExchangeOf(key, tenant, formerNames));
}

/** Reads the names that a tenant had before, as the states of these shards know them. */
export async function readFormerNames(
  { states }: Pick<Stores, 'states'>,
  shards: readonly string[],
  tenant: string,
): Promise<FormerName[]> {
  const read = await Promise.all(shards.map((shard) => readShardState({ states }, shard)));
  return read.flatMap(({ tenants }) => tenants.get(tenant)?.former_names ?? []);
}
