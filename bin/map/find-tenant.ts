import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { type Fleet, readFleet, shardsOf } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import { didYouMean } from './closest.ts';

/**
 * Returns the shard that holds a tenant, and its map. Looks in `shard` alone where one is named.
 * Throws CommandError where there is no such tenant, and StoreError.
 */
export async function findTenant(
  ports: RunPorts,
  tenant: string,
  shard?: string,
): Promise<{ shard: string; map: VaultMap }> {
  const fleet = await readFleet(ports, shard ?? null);
  const found = shardsOf(fleet, tenant)[0];
  const map = found === undefined ? undefined : fleet.maps.get(found);
  if (found !== undefined && map) {
    return { shard: found, map };
  }
  if (shard !== undefined) {
    await refuseUnknownShard(ports, shard);
    await refuseOtherShard(ports, tenant, shard);
  }
  throw unknownInFleet([tenant], fleet, { shard });
}

/** A split may have moved it. */
async function refuseOtherShard(ports: RunPorts, tenant: string, shard: string): Promise<void> {
  const [other] = shardsOf(await readFleet(ports, null), tenant);
  if (other !== undefined) {
    throw new CommandError(`Tenant ${tenant} is not in shard ${shard}. It is in shard ${other}.`, {
      code: 'unknown_tenant',
      nextStep: `Give --shard ${other}, or leave it out`,
    });
  }
}

/** Tells where a name was looked for. */
interface Search {
  /** The one shard, where it was named. */
  shard?: string | undefined;
  /** Shards that could not be read. */
  unread?: readonly string[];
}

/** Says that names are none of those that are known, and which one may be meant. */
export function unknownTenant(
  names: readonly string[],
  known: Iterable<string>,
  { shard, unread = [] }: Search = {},
): CommandError {
  const [first = ''] = names;
  const where = shard === undefined ? '' : ` in shard ${shard}`;
  const perhaps = unread.length > 0 ? ` Shard ${unread.join(', ')} could not be read.` : '';
  const add = names.length === 1 && isName(first) ? `. A new one: tokens add ${first}` : '';
  const said = names.map(shown).join(', ');
  return new CommandError(
    `There is no tenant ${said}${where}.${didYouMean(first, known)}${perhaps}`,
    { code: 'unknown_tenant', nextStep: `All tenants: tokens status${add}` },
  );
}

/**
 * Says that no shard that could be read holds these names. `removed` are further names
 * that may be meant.
 */
export function unknownInFleet(
  names: readonly string[],
  { shards, maps }: Fleet,
  { shard, removed = [] }: { shard?: string | undefined; removed?: readonly string[] } = {},
): CommandError {
  const unread = shards.filter((name) => maps.get(name) === null);
  const known = [...maps.values()].flatMap((map) => [...(map?.tenants.keys() ?? [])]);
  return unknownTenant(names, [...known, ...removed], { shard, unread });
}
