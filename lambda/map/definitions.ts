import { type OwnDefinition, readOwnDefinition } from '../providers/own-definition.ts';
import type { ProviderDefinition } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import { remembered } from '../remembered.ts';
import { EntryFault } from './merged-entry.ts';
import type { VaultMap } from './vault-map.ts';

/** An operator's definition that is wrong: its tenants fail, and no others. */
export class DefinitionFault extends EntryFault {}

/** Maps are never changed, and a run looks the same definitions up many times. */
const read = new WeakMap<VaultMap, ReadonlyMap<string, OwnDefinition>>();

/** Returns the operator's own definitions of a map by their ids. */
export function ownDefinitions(map: VaultMap): ReadonlyMap<string, OwnDefinition> {
  return remembered(read, map, readDefinitions);
}

function readDefinitions({ definitions }: VaultMap): ReadonlyMap<string, OwnDefinition> {
  return new Map([...definitions].map(([id, own]) => [id, readOwnDefinition(id, own)]));
}

/**
 * Returns the definition that an id means in a map, or undefined. The map's own comes before the
 * shipped one. Throws DefinitionFault for one of the map that is wrong.
 */
export function findProvider(map: VaultMap, id: string): ProviderDefinition | undefined {
  const own = ownDefinitions(map).get(id);
  if (own && 'problem' in own) {
    const path = ['definitions', id, ...(own.path ? [own.path] : [])].join('.');
    throw new DefinitionFault(path, own.problem, `Correct it: tokens provider check ${id}`);
  }
  return own?.definition ?? providers.get(id);
}

/** Returns the ids that an entry of this map may name. */
export function providerIds(map: VaultMap): string[] {
  return [...new Set([...providers.keys(), ...map.definitions.keys()])];
}
