import { type TenantFilter, traitsOf } from '../../lambda/map/tenant-filter.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { didYouMean } from '../map/closest.ts';
import { refuseUnknownProvider } from './known-provider.ts';

/**
 * Refuses a filter that names what is nowhere: a typo must not look like a list without failures. A
 * shard that cannot be read may know it. Throws CommandError and StoreError.
 */
export async function refuseUnknownFilter(
  home: Home,
  { provider, app, tag }: TenantFilter,
): Promise<void> {
  await refuseUnknownProvider(home, provider);
  if (app === null && tag === null) {
    return;
  }
  const { maps } = await readFleet(home.ports, null);
  const read = [...maps.values()].filter((map) => map !== null);
  if (read.length < maps.size) {
    return;
  }
  const apps = new Set(read.flatMap((map) => [...map.apps.keys()]));
  const tags = new Set(read.flatMap(tagsIn));
  if (app !== null && !apps.has(app)) {
    throw new CommandError(`There is no app ${app}.${didYouMean(app, apps)}`, {
      code: 'unknown_app',
      nextStep: 'All apps: tokens app list',
    });
  }
  if (tag !== null && !tags.has(tag)) {
    throw new CommandError(`No tenant has the tag ${shown(tag)}.${didYouMean(tag, tags)}`, {
      code: 'unknown_tag',
      nextStep: 'All tenants, with their tags: tokens status --csv',
    });
  }
}

function tagsIn(map: VaultMap): string[] {
  return [...map.tenants.keys()].flatMap((name) => traitsOf(name, map).tags);
}
