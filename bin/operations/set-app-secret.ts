import { type VaultMap, VaultMapError } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { StoreError } from '../../lambda/ports.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from './edit-map.ts';

export interface ShardChange {
  shard: string;
  result: 'changed' | 'unchanged' | 'failed';
  /** Why it failed. */
  message?: string;
}

/**
 * Replaces the client secret of an app in every shard that has the app. A shard that cannot be read
 * or written does not keep the others from theirs. Throws CommandError where no shard has it, and
 * StoreError where the shards cannot be listed.
 */
export async function setAppSecret(
  ports: RunPorts,
  app: string,
  secret: string,
): Promise<ShardChange[]> {
  const fleet = await readFleet(ports, null);
  const changes: ShardChange[] = [];
  for (const [shard, map] of fleet.maps)
    if (map === null || map.apps.has(app))
      changes.push(await setInShard(ports, shard, app, secret));
  if (
    !changes.some(({ result }) => result !== 'failed') &&
    ![...fleet.maps.values()].some((map) => map?.apps.has(app))
  ) {
    const unread = changes.map(({ shard }) => shard).join(', ');
    throw new CommandError(
      `There is no app ${app}.${unread ? ` Shard ${unread} could not be read.` : ''} All of them: tokens app list`,
    );
  }
  return changes;
}

async function setInShard(
  ports: RunPorts,
  shard: string,
  app: string,
  secret: string,
): Promise<ShardChange> {
  try {
    const result = await editMap(ports.vault, shard, (text, { apps }) => {
      const entry = apps.get(app);
      if (typeof entry !== 'object' || entry === null) return text;
      return setAt(text, ['apps', app, 'client_secret'], secret);
    });
    return { shard, result };
  } catch (error) {
    if (
      error instanceof StoreError ||
      error instanceof VaultMapError ||
      error instanceof CommandError
    )
      return { shard, result: 'failed', message: error.message };
    throw error;
  }
}

/** One app in one shard, and how many tenants use it. */
export interface AppUse {
  app: string;
  shard: string;
  provider: string | null;
  tenants: number;
}

/**
 * Every app of every shard that can be read. Throws StoreError where the shards cannot be listed.
 */
export async function listApps(ports: RunPorts): Promise<AppUse[]> {
  const fleet = await readFleet(ports, null);
  return [...fleet.maps].flatMap(([shard, map]) =>
    [...(map?.apps ?? [])].map(([app, entry]) => ({
      app,
      shard,
      provider: providers.get(textField(entry, 'provider') ?? '')?.id ?? null,
      tenants: usersOf(app, map),
    })),
  );
}

function usersOf(app: string, map: VaultMap | null): number {
  return [...(map?.tenants.values() ?? [])].filter((entry) => textField(entry, 'app') === app)
    .length;
}

function textField(entry: unknown, field: string): string | null {
  const value =
    typeof entry === 'object' && entry !== null ? new Map(Object.entries(entry)).get(field) : null;
  return typeof value === 'string' ? value : null;
}
