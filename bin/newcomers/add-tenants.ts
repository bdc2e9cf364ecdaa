import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { editMap } from '../map/edit-map.ts';
import { putEntries } from '../map/map-text.ts';
import { takeBack } from '../map/settled-tenant.ts';
import type { Entry, Newcomers } from '../sources/tenant-source.ts';

/** Adds newcomers to a shard, all or none. Throws CommandError, StoreError and VaultMapError. */
export async function addNewcomers(
  ports: RunPorts,
  shard: string,
  newcomers: Newcomers,
): Promise<void> {
  await editMap(ports.vault, shard, (text, map) => insertNewcomers(text, map, newcomers));
  await takeBack(ports, shard, [...newcomers.tenants.keys()]);
}

/**
 * Returns the map's text with the newcomers in it. Every other byte stays. Throws CommandError
 * where the map has come to hold one of their names.
 */
export function insertNewcomers(text: string, map: VaultMap, newcomers: Newcomers): string {
  const taken = [...newcomers.tenants.keys()].filter((name) => map.tenants.has(name));
  if (taken.length > 0) {
    throw new CommandError(`Somebody else has just added ${taken.join(', ')}: nothing was added.`);
  }
  const apps = new Map([...newcomers.apps].filter(([name]) => !map.apps.has(name)));
  return putEntries(
    putEntries(text, 'apps', entryTexts(text, apps)),
    'tenants',
    entryTexts(text, newcomers.tenants),
  );
}

/** A map of several lines gets entries of several lines, indented as it is. */
function entryTexts(map: string, entries: ReadonlyMap<string, Entry>): Map<string, string> {
  const write = (entry: Entry) =>
    map.includes('\n')
      ? JSON.stringify(entry, null, 2).replaceAll('\n', '\n    ')
      : JSON.stringify(entry);
  return new Map([...entries].map(([name, entry]) => [name, write(entry)]));
}
