import { isObject } from '../../lambda/is-object.ts';
import { isName } from '../../lambda/names.ts';
import { StoreError } from '../../lambda/ports.ts';
import { parseJson } from './stored-json.ts';

/**
 * Throws StoreError for a map that adds a tenant whose name differs from another's only in case.
 * Some file systems take their files for the same. Tenants that the map already has may stay, since
 * a refusal would keep their new tokens out.
 */
export function refuseNewTwins(before: string | null, after: string): void {
  const known = new Set(tenantNames(before));
  const twins = twinsOf(tenantNames(after)).filter(([a, b]) => !(known.has(a) && known.has(b)));
  for (const [name, other] of twins) {
    throw twinError('tenant', name, other);
  }
}

/** Throws StoreError for a shard whose name differs from another's only in case. */
export function refuseTwinShard(shard: string, shards: readonly string[]): void {
  const twin = shards.find((other) => other !== shard && isTwin(other, shard));
  if (twin !== undefined) {
    throw twinError('shard', shard, twin);
  }
}

function twinsOf(names: readonly string[]): [string, string][] {
  const first = new Map<string, string>();
  return names.flatMap((name): [string, string][] => {
    const other = first.get(name.toLowerCase());
    if (other === undefined) {
      first.set(name.toLowerCase(), name);
    }
    return other === undefined ? [] : [[name, other]];
  });
}

function isTwin(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function tenantNames(text: string | null): string[] {
  const map = text === null ? undefined : parseJson(text.replace(/^\ufeff/, ''));
  const tenants = isObject(map) ? map.tenants : undefined;
  return isObject(tenants) ? Object.keys(tenants).filter(isName) : [];
}

function twinError(kind: 'tenant' | 'shard', name: string, other: string): StoreError {
  return new StoreError(
    'invalid',
    `the names of ${kind} ${name} and ${kind} ${other} differ only in case, ` +
      'and some disks keep both under one name. Nothing was written. Choose another name',
  );
}
