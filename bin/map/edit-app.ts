import { isObject } from '../../lambda/is-object.ts';
import { type VaultMap, VaultMapError } from '../../lambda/map/vault-map.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from './closest.ts';
import { editedText } from './edit-entry.ts';
import { editMap } from './edit-map.ts';
import type { FieldEdit } from './field-edit.ts';

export interface ShardChange {
  shard: string;
  result: 'changed' | 'unchanged' | 'failed';
  /** The reason of a failure. */
  message?: string;
  next_step?: string;
}

/** Decides what changes, from the app's fields as they are in one shard. */
export type AppEdit = (fields: Readonly<Record<string, unknown>>) => readonly FieldEdit[];

/**
 * Changes an app in every shard that has it. A shard that cannot be read or written does not keep
 * the others from theirs. Throws CommandError where no shard has it, and StoreError where the
 * shards cannot be listed.
 */
export async function editApp(ports: RunPorts, app: string, edit: AppEdit): Promise<ShardChange[]> {
  const { maps } = await readFleet(ports, null);
  const changes: ShardChange[] = [];
  for (const [shard, map] of maps) {
    if (map === null || map.apps.has(app)) {
      changes.push(await editInShard(ports, { shard, app, edit }));
    }
  }
  const isThere = [...maps.values()].some((map) => map?.apps.has(app));
  if (!isThere && changes.every(({ result }) => result === 'failed')) {
    throw unknownApp(app, maps);
  }
  return changes;
}

/**
 * Returns a map that has an app. Throws CommandError where no shard which can be read has it, and
 * StoreError.
 */
export async function findApp(ports: RunPorts, app: string): Promise<VaultMap> {
  const { maps } = await readFleet(ports, null);
  const map = [...maps.values()].find((one) => one?.apps.has(app));
  if (!map) {
    throw unknownApp(app, maps);
  }
  return map;
}

/** Says that no shard which could be read has an app, and which name may be meant. */
function unknownApp(app: string, maps: ReadonlyMap<string, VaultMap | null>): CommandError {
  const known = [...maps.values()].flatMap((map) => [...(map?.apps.keys() ?? [])]);
  const unread = [...maps].filter(([, map]) => map === null).map(([shard]) => shard);
  const perhaps = unread.length > 0 ? ` Shard ${unread.join(', ')} could not be read.` : '';
  return new CommandError(`There is no app ${shown(app)}.${didYouMean(app, known)}${perhaps}`, {
    code: 'unknown_app',
    nextStep: `All apps: tokens app list. How to add one: tokens app add --help`,
  });
}

interface ShardEdit {
  shard: string;
  app: string;
  edit: AppEdit;
}

async function editInShard(ports: RunPorts, { shard, app, edit }: ShardEdit): Promise<ShardChange> {
  try {
    const result = await editMap(ports.vault, shard, (text, map) => {
      if (!map.apps.has(app)) {
        return text;
      }
      const entry = map.apps.get(app);
      if (!isObject(entry)) {
        throw new CommandError(`App ${app} is not an object in the map of shard ${shard}.`, {
          nextStep: `Correct apps.${app} there: { "provider": …, "client_id": … }`,
        });
      }
      return editedText(text, map, {
        section: 'apps',
        name: app,
        edits: edit(entry),
      });
    });
    return { shard, result };
  } catch (error) {
    if (!isTold(error)) {
      throw error;
    }
    return {
      shard,
      result: 'failed',
      message: error.message,
      ...(error instanceof CommandError && error.nextStep && { next_step: error.nextStep }),
    };
  }
}

function isTold(error: unknown): error is Error {
  return (
    error instanceof StoreError || error instanceof VaultMapError || error instanceof CommandError
  );
}
