import { FOLDERS } from '../../lambda/archive-folders.ts';
import type { Knowledge } from '../../lambda/history/families.ts';
import { isExchangeOf } from '../../lambda/history/former-names.ts';
import { parseShardState } from '../../lambda/history/stored-state.ts';
import { isObject } from '../../lambda/is-object.ts';
import { publish } from '../../lambda/keep/publish.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readFleet, shardsOf } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { findTenant } from '../map/find-tenant.ts';
import { holdShards, storeTenants } from '../map/hold-shards.ts';
import { dropEntries } from '../map/map-text.ts';
import { readFormerNames } from '../status/tenant-exchanges.ts';

const CREDENTIALS = ['refresh_token', 'authorization_code', 'device_code', 'code_verifier'];

/**
 * Returns the shards whose map holds a tenant. There are two while a split is half done. Throws
 * StoreError.
 */
export async function shardsHolding(ports: RunPorts, tenant: string): Promise<string[]> {
  return shardsOf(await readFleet(ports, null), tenant);
}

/**
 * Takes a tenant's credentials out of its entry; all else of it stays. Throws CommandError where it
 * is unknown, StoreError, VaultMapError.
 */
export async function clearTenant(
  ports: RunPorts,
  tenant: string,
): Promise<'changed' | 'unchanged'> {
  await findTenant(ports, tenant);
  let result: 'changed' | 'unchanged' = 'unchanged';
  for (const shard of await shardsHolding(ports, tenant)) {
    if (
      (await editMap(ports.vault, shard, (text, { tenants }) =>
        withoutCredentials(text, tenant, tenants.get(tenant)),
      )) === 'changed'
    ) {
      result = 'changed';
    }
  }
  return result;
}

/** Returns the map's text without the credentials of a tenant, whose entry this is. */
export function withoutCredentials(text: string, tenant: string, entry: unknown): string {
  const held = CREDENTIALS.filter((field) => isObject(entry) && Object.hasOwn(entry, field));
  return held.reduce((edited, field) => setAt(edited, ['tenants', tenant, field], undefined), text);
}

/**
 * Takes a tenant's entry out of the map of every shard that holds it, and answers which did. Throws
 * StoreError, VaultMapError.
 */
export async function removeTenant(ports: RunPorts, tenant: string): Promise<string[]> {
  const shards = await shardsHolding(ports, tenant);
  for (const shard of shards) {
    await editMap(ports.vault, shard, (text) => dropEntries(text, 'tenants', new Set([tenant])));
  }
  return shards;
}

export interface Purged {
  /** Shards whose state knew it. */
  records: number;
  /** Archived exchanges that were deleted. */
  deleted: number;
  /** Those that stay, because another tenant's token came with them. */
  kept: number;
}

/**
 * Deletes what is left of a tenant that no map holds (its access token, its records in the
 * shards' states, its exchanges in the archive). Called again it goes on where it was stopped.
 * Throws CommandError, for a tenant that a map holds, and StoreError.
 */
export async function purgeTenant(ports: RunPorts, tenant: string): Promise<Purged> {
  const { archive } = ports;
  if (!archive.remove) {
    throw new CommandError('This archive lets nothing be deleted.');
  }
  const needed = new Set<string>();
  let records = 0;
  const shards = await ports.vault.shards();
  const formerNames = await readFormerNames(ports, shards, tenant);
  const names = await namesInNoMap(ports, [tenant, ...formerNames.map(({ name }) => name)]);
  for (const shard of shards) {
    const stored = await ports.states.read(shard);
    if (!stored) {
      continue;
    }
    const { tenants, knowledge } = parseShardState(stored.text);
    if (tenants.has(tenant) || knowledge.tenants.has(tenant) || knowledge.tokens.has(tenant)) {
      await forgetTenant(ports, shard, { tenant, names });
      records++;
    }
    for (const key of keysNeededBesides(names, knowledge)) {
      needed.add(key);
    }
  }
  const exchanges = await archive.list(FOLDERS.responses);
  const own = exchanges.filter((key) => isExchangeOf(key, tenant, formerNames));
  const deleted = own.filter((key) => !needed.has(key));
  await archive.remove(deleted);
  return {
    records,
    deleted: deleted.length,
    kept: own.length - deleted.length,
  };
}

/** A name that the tenant had before may be another one's by now. */
async function namesInNoMap(
  ports: RunPorts,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const fleet = await readFleet(ports, null);
  return new Set(names.filter((name) => shardsOf(fleet, name).length === 0));
}

/** Archive keys that hold the credentials and tokens of tenants of other names. */
function keysNeededBesides(
  names: ReadonlySet<string>,
  { tenants, tokens, families }: Knowledge,
): string[] {
  const others = [...tenants].filter(([name]) => !names.has(name));
  const ofFamilies = others.flatMap(([, { root }]) => {
    const family = families.get(root);
    return [family?.key, family?.token?.key, family?.unread?.key];
  });
  const own = [...tokens].filter(([name]) => !names.has(name)).map(([, { key }]) => key);
  return [...ofFamilies, ...own].filter((key) => typeof key === 'string');
}

function forgetTenant(
  ports: RunPorts,
  shard: string,
  { tenant, names }: { tenant: string; names: ReadonlySet<string> },
): Promise<void> {
  return holdShards(ports, [shard], async (held) => {
    const { run } = held;
    if (run.vault.map.tenants.has(tenant)) {
      throw new CommandError(
        `Somebody else has just added tenant ${tenant} again: it was not purged.`,
      );
    }
    await publish(run, 'all');
    for (const name of names) {
      run.ledger.knowledge.tenants.delete(name);
      run.ledger.knowledge.tokens.delete(name);
    }
    await storeTenants(held, new Map([...held.tenants].filter(([name]) => !names.has(name))));
  });
}
