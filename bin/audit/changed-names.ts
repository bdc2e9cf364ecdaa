import { isDeepStrictEqual } from 'node:util';
import { parseVaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';

/** Names of what two texts of a map have otherwise, sorted. A text that is no map has nothing. */
export function changedNames(
  before: string | null | undefined,
  after: string,
): { tenants: string[]; apps: string[] } {
  const [old, edited] = [sectionsOf(before), sectionsOf(after)];
  return {
    tenants: changedKeys(old.tenants, edited.tenants),
    apps: changedKeys(old.apps, edited.apps),
  };
}

type Entries = ReadonlyMap<string, unknown>;

function sectionsOf(text: string | null | undefined): { tenants: Entries; apps: Entries } {
  try {
    return parseVaultMap(text ?? null);
  } catch {
    return { tenants: new Map(), apps: new Map() };
  }
}

function changedKeys(before: Entries, after: Entries): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  const changed = [...keys].filter((key) => !isDeepStrictEqual(before.get(key), after.get(key)));
  return changed.filter(isName).sort();
}
