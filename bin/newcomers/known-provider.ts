import { traitsOf } from '../../lambda/map/tenant-filter.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import type { Home } from '../homes/home.ts';
import { unknownProvider } from './unknown-provider.ts';

/**
 * Throws CommandError for a provider that neither ships nor is in a map of the home, and
 * StoreError.
 */
export async function refuseUnknownProvider(
  home: Home | null,
  provider: string | null,
): Promise<void> {
  if (provider === null || providers.has(provider)) {
    return;
  }
  const known = [...providers.keys(), ...(home === null ? [] : await providersOf(home))];
  if (known.includes(provider)) {
    return;
  }
  throw unknownProvider(provider, known);
}

async function providersOf({ ports }: Home): Promise<string[]> {
  const { maps } = await readFleet(ports, null);
  return [...maps.values()].flatMap((map) => (map === null ? [] : providersIn(map)));
}

function providersIn(map: VaultMap): string[] {
  const used = [...map.tenants.keys()].flatMap((name) => traitsOf(name, map).provider ?? []);
  return [...map.definitions.keys(), ...used];
}
