import { definedAspect } from '../../lambda/ahead/defined-aspect.ts';
import type { ObservedGrant } from '../../lambda/history/ahead-state.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import { findProvider } from '../../lambda/map/definitions.ts';
import { emptyMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';

/** Describes what the runs over one shard saw of one grant of a platform. */
export interface SeenGrant {
  shard: string;
  provider: string;
  grant_type: string;
  runs: number;
  answers: number;
  aspects: SeenAspect[];
}

/** One aspect, with what most runs showed, and a change that is not certain yet. */
interface SeenAspect {
  aspect: string;
  value: string | number | null;
  /** Runs that showed it, of so many. */
  runs: number;
  of: number;
  changing_to: string | number | null;
  /** The change that was reported last. */
  changed: { was: string | number | null; since: string } | null;
  /** Says what the provider's definition says of it; null where it says nothing. */
  defined: string | number | null;
}

/** Reads what runs saw of a provider, or of all, by shard and grant. Throws StoreError. */
export async function readObserved(ports: RunPorts, provider: string | null): Promise<SeenGrant[]> {
  const shards = await ports.vault.shards();
  const read = await Promise.all(
    shards.map(async (shard) => {
      const { observed } = await readShardState(ports, shard);
      const wanted = Object.entries(observed).filter(
        ([of]) => provider === null || of.split('/')[0] === provider,
      );
      const map = wanted.length === 0 ? emptyMap() : await readMap(ports, shard);
      return wanted.map(([of, grant]) => toSeenGrant(shard, of, grant, map));
    }),
  );
  return read.flat();
}

/** What runs saw is shown also where the map, and so an own definition, cannot be read. */
async function readMap(ports: RunPorts, shard: string): Promise<VaultMap> {
  return readVault(ports, shard).then(({ map }) => map, emptyMap);
}

function definitionOf(map: VaultMap, provider: string): ProviderDefinition | undefined {
  try {
    return findProvider(map, provider);
  } catch {
    return undefined;
  }
}

function toSeenGrant(shard: string, of: string, grant: ObservedGrant, map: VaultMap): SeenGrant {
  const [provider = '', grant_type = ''] = of.split('/');
  const definition = definitionOf(map, provider);
  const { runs, answers, aspects } = grant;
  const seen = Object.entries(aspects).map(([aspect, { runs: shown, waiting, changed }]) => ({
    aspect,
    value: shown[0]?.[0] ?? null,
    runs: shown[0]?.[1] ?? 0,
    of: shown.reduce((sum, [, count]) => sum + count, 0),
    changing_to: waiting?.value ?? null,
    changed: changed ?? null,
    defined: definition ? definedAspect(definition, aspect) : null,
  }));
  return {
    shard,
    provider,
    grant_type,
    runs,
    answers,
    aspects: seen,
  };
}
