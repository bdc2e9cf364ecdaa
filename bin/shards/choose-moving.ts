import type { TenantState } from '../../lambda/history/shard-state.ts';
import { heldCredentials, type VaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import { CommandError } from '../errors.ts';
import { unknownTenant } from '../map/find-tenant.ts';

/** Describes what a split is decided on, of the source as read under both leases. */
export interface SplitView {
  source: string;
  target: string;
  map: VaultMap;
  targetMap: VaultMap;
  /** Says what the source's state says of its tenants, with the marks of a split that was begun. */
  states: ReadonlyMap<string, TenantState>;
  /** Returns the bytes of a tenant in the source's two secrets together. */
  bytesOf(tenant: string): number;
}

/**
 * Returns the tenants that a split moves. These are the named ones, those of a split that was begun
 * and not finished, or else half of the shard by bytes. Tenants that share a credential go
 * together, since in two shards none of them would be asked. Throws CommandError for what cannot be
 * moved.
 */
export function chooseMoving(view: SplitView, named: readonly string[] | null): string[] {
  if (named) {
    for (const name of named) {
      refuseUnmovable(view, name);
    }
  }
  const there = wantedIn(view, named).filter((name) => view.map.tenants.has(name));
  refuseTornApart(view, new Set(there));
  for (const name of there) {
    if (view.targetMap.tenants.has(name) && view.states.get(name)?.moved_to !== view.target) {
      throw new CommandError(
        `Both shards have a tenant ${name}: rename or remove one of them. Nothing was moved.`,
      );
    }
  }
  return there;
}

function wantedIn(view: SplitView, named: readonly string[] | null): readonly string[] {
  const begun = [...view.states]
    .filter(([name, state]) => state.moved_to === view.target && view.map.tenants.has(name))
    .map(([name]) => name);
  if (named) {
    return [...new Set([...begun, ...named])];
  }
  const isBegun = begun.length > 0 || wasSplit(view);
  return isBegun ? begun : chooseHalf(view);
}

function refuseUnmovable(
  { source, target, map, targetMap, states }: SplitView,
  name: string,
): void {
  if (!map.tenants.has(name) && !targetMap.tenants.has(name)) {
    throw unknownTenant([name], map.tenants.keys(), { shard: source });
  }
  const elsewhere = map.tenants.has(name) ? states.get(name)?.moved_to : null;
  if (elsewhere && elsewhere !== target) {
    throw new CommandError(
      `Tenant ${name} is on its way to shard ${elsewhere}. Finish that first: ` +
        `tokens shard split ${source} --to ${elsewhere}`,
    );
  }
}

function refuseTornApart({ map }: SplitView, moving: ReadonlySet<string>): void {
  const staying = new Map<string, string>();
  for (const [name, entry] of map.tenants) {
    if (!moving.has(name)) {
      for (const held of valuesOf(entry)) {
        staying.set(held, name);
      }
    }
  }
  for (const name of moving) {
    const other = valuesOf(map.tenants.get(name))
      .map((held) => staying.get(held))
      .find((one) => one !== undefined);
    if (other !== undefined) {
      throw new CommandError(
        `Tenants ${name} and ${other} share one credential: name both, or neither. ` +
          'Nothing was moved.',
      );
    }
  }
}

/** A split that was stopped after its last write, and is called again, must not begin another. */
function wasSplit({ source, target, targetMap, states }: SplitView): boolean {
  if (targetMap.tenants.size === 0) {
    return false;
  }
  if ([...states.values()].some((state) => state.moved_to === target)) {
    return true;
  }
  throw new CommandError(
    `Shard ${target} has tenants already: ` +
      `name those of shard ${source} that are to move there. Nothing was moved.`,
  );
}

/**
 * Chooses from the end of the map, as long as that brings the two shards nearer to the same size.
 */
function chooseHalf(view: SplitView): string[] {
  const groups = groupsOf(view);
  const half = groups.reduce((sum, { bytes }) => sum + bytes, 0) / 2;
  const moving: string[] = [];
  let moved = 0;
  for (const { names, bytes } of groups.toReversed()) {
    if (moved + bytes / 2 > half) {
      continue;
    }
    moved += bytes;
    moving.push(...names);
  }
  if (moving.length === 0 || groups.length < 2) {
    throw new CommandError(
      `Shard ${view.source} has nothing to split: its tenants are one, or share one credential.`,
    );
  }
  return moving;
}

function groupsOf({
  source,
  map,
  states,
  bytesOf,
}: SplitView): { names: string[]; bytes: number }[] {
  const groups = new Map<string, { names: string[]; bytes: number }>();
  for (const [name, entry] of map.tenants) {
    if (!isName(name) || (states.get(name)?.moved_to ?? source) !== source) {
      continue;
    }
    const key = valuesOf(entry).at(-1) ?? JSON.stringify([name]);
    const group = groups.get(key) ?? { names: [], bytes: 0 };
    groups.set(key, { names: [...group.names, name], bytes: group.bytes + bytesOf(name) });
  }
  return [...groups.values()];
}

function valuesOf(entry: unknown): string[] {
  const { code, refreshToken } = heldCredentials(entry);
  return [code, refreshToken].filter((value) => value !== null);
}
