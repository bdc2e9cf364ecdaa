import { ownDefinitions } from '../../lambda/map/definitions.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { ownGrants } from '../../lambda/providers/request-fields.ts';

/** One provider as `tokens provider list` shows it. */
export interface ProviderLine {
  id: string;
  title: string;
  /** Says whether it ships with the product, or the map defines it. */
  source: 'shipped' | 'map';
  /** Shards whose map defines it. */
  shards?: string[];
  /** How a tenant gets its first token. */
  ways: string[];
  /** Says what is wrong with a definition of the map. */
  problem?: string;
  /** The map's definition is used in place of a shipped one of the same id. */
  warning?: string;
}

/** Lists the shipped providers, then those that the maps define. */
export function listProviders(maps: ReadonlyMap<string, VaultMap | null>): ProviderLine[] {
  const own = new Map<string, ProviderLine>();
  for (const [shard, map] of maps) {
    for (const line of map ? linesOf(map) : []) {
      const known = own.get(line.id);
      own.set(line.id, known ?? line);
      own.get(line.id)?.shards?.push(shard);
    }
  }
  const shipped = [...providers.values()].filter(({ id }) => !own.has(id));
  return [...shipped.map((definition) => toLine(definition, 'shipped')), ...own.values()];
}

function linesOf(map: VaultMap): ProviderLine[] {
  return [...ownDefinitions(map)].map(([id, read]) => {
    if ('problem' in read) {
      return {
        id,
        title: id,
        source: 'map',
        shards: [],
        ways: [],
        problem: [read.path, read.problem].filter(Boolean).join(': '),
      };
    }
    const line = { ...toLine(read.definition, 'map'), shards: [] };
    return providers.has(id)
      ? { ...line, warning: 'A shipped provider has this id; the one of the map is used.' }
      : line;
  });
}

function toLine(definition: ProviderDefinition, source: ProviderLine['source']): ProviderLine {
  const { id, title, grants, authorize } = definition;
  const ways = [
    ...(authorize && grants.authorization_code ? ['consent'] : []),
    ...(grants.device_code ? ['device'] : []),
    ...ownGrants(definition),
  ];
  return {
    id,
    title,
    source,
    ways,
  };
}
