import { isDeepStrictEqual } from 'node:util';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { knownKey } from '../../lambda/history/known-record.ts';
import { isObject } from '../../lambda/is-object.ts';
import { planRestore } from '../../lambda/keep/plan-restore.ts';
import { formatPublished } from '../../lambda/keep/published.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import {
  editCredentials,
  heldCredentials,
  parseVaultMap,
  type VaultMap,
} from '../../lambda/map/vault-map.ts';
import { CommandError } from '../errors.ts';
import { EMPTY_MAP } from '../map/edit-map.ts';
import { dropEntries, entryTexts, putEntries } from '../map/map-text.ts';

/** The texts of both maps as they are to be. */
interface Plan {
  source: string;
  target: string;
  /** Apps that the target gets a copy of. */
  apps: string[];
}

/**
 * Plans both maps after the move, from both as they were read last. Throws CommandError where an
 * app of the same name differs.
 */
export async function planMove(
  from: ShardRun,
  to: ShardRun,
  moving: readonly string[],
): Promise<Plan> {
  const edits = await planRestore(await unmarkOldCopies(from, to, moving));
  const source = editCredentials(from.vault.text ?? EMPTY_MAP, edits);
  const map = parseVaultMap(source);
  const carried: string[] = [];
  for (const name of moving) {
    if (map.tenants.has(name) && (await isToCarry(from, to, map.tenants.get(name), name))) {
      carried.push(name);
    }
  }
  const named = new Set(carried.flatMap((name) => appOf(map.tenants.get(name)) ?? []));
  const apps = [...named].filter((app) => map.apps.has(app));
  refuseDiffering(from, to, map, apps);
  const newApps = apps.filter((app) => !to.vault.map.apps.has(app));
  const target = putEntries(
    to.vault.text ?? EMPTY_MAP,
    'apps',
    pick(entryTexts(source, 'apps'), newApps),
  );
  return {
    source: dropEntries(source, 'tenants', new Set(moving)),
    target: putEntries(target, 'tenants', pick(entryTexts(source, 'tenants'), carried)),
    apps: newApps,
  };
}

/** Apps of one name must be the same. The tenants of both shards would share it. */
function refuseDiffering(
  from: ShardRun,
  to: ShardRun,
  map: VaultMap,
  apps: readonly string[],
): void {
  const { apps: there } = to.vault.map;
  const differing = apps.filter(
    (app) => there.has(app) && !isDeepStrictEqual(there.get(app), map.apps.get(app)),
  );
  if (differing.length > 0) {
    throw new CommandError(
      `App ${differing.join(', ')} differs between shards ${from.shard} and ${to.shard}: ` +
        'make them the same (tokens app set-secret), or rename one.',
    );
  }
}

/**
 * Returns the source with no mark on tenants whose entry may be an old copy. An earlier try may have
 * marked a tenant and not moved it, and an operator may have saved an older map since. What an
 * operator put there anew is left to the target.
 */
async function unmarkOldCopies(
  from: ShardRun,
  to: ShardRun,
  moving: readonly string[],
): Promise<ShardRun> {
  const tenants = new Map(from.tenants);
  for (const name of moving) {
    const { refreshToken } = heldCredentials(from.vault.map.tenants.get(name));
    if (refreshToken !== null && (await isKnown(from, to, refreshToken))) {
      tenants.delete(name);
    }
  }
  return { ...from, tenants };
}

/**
 * Returns whether an entry goes to the target. What the target has already stays there, unless an
 * operator gave the source's entry a new credential since. That must not get lost.
 */
async function isToCarry(
  from: ShardRun,
  to: ShardRun,
  entry: unknown,
  name: string,
): Promise<boolean> {
  if (!to.vault.map.tenants.has(name)) {
    return true;
  }
  const held = heldCredentials(entry);
  const there = heldCredentials(to.vault.map.tenants.get(name));
  const isNew = async (value: string | null, other: string | null) =>
    value !== null && value !== other && !(await isKnown(from, to, value));
  return (
    (await isNew(held.code, there.code)) || (await isNew(held.refreshToken, there.refreshToken))
  );
}

/** Returns whether a run has seen a credential or a code. The index has what both have forgotten. */
async function isKnown(from: ShardRun, to: ShardRun, value: string): Promise<boolean> {
  const print = fingerprint(value);
  const isRemembered = [from, to].some(
    ({ ledger: { knowledge } }) => knowledge.families.has(print) || knowledge.codes.has(print),
  );
  return isRemembered || (await from.ports.records.read(knownKey(print))) !== null;
}

/** Throws CommandError where the target would not fit into its secrets. */
export function refuseTooLarge(
  from: ShardRun,
  to: ShardRun,
  text: string,
  moving: readonly string[],
): void {
  const { vault, accessTokens } = to.ports;
  const published = new Map([
    ...to.published,
    ...[...from.published].filter(([name]) => moving.includes(name)),
  ]);
  const isTooLarge =
    Buffer.byteLength(text) > vault.maxBytes ||
    Buffer.byteLength(formatPublished(published)) > accessTokens.maxBytes;
  if (isTooLarge) {
    throw new CommandError(
      `Shard ${to.shard} has no room for ${moving.length} tenants: move fewer of them. ` +
        'Nothing was moved.',
    );
  }
}

function pick(texts: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  return new Map(names.map((name) => [name, texts.get(name) ?? '']));
}

function appOf(entry: unknown): string | null {
  const app = isObject(entry) ? entry.app : null;
  return typeof app === 'string' ? app : null;
}
