import { parseShardState } from '../history/stored-state.ts';
import type { ShardFailure } from '../outcome.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import type { Fleet } from './fleet.ts';

/**
 * Returns a failure for each shard that has a state or an access-token secret, and no vault secret
 * any more.
 * Absence is not peace. A secret that is scheduled for deletion, renamed or hidden would otherwise
 * take its tenants out of every run unnoticed. A shard that an operator has forgotten is none.
 * Throws StoreError where the secrets cannot be listed.
 */
export async function findMissingShards(
  ports: RunPorts,
  { shards }: Pick<Fleet, 'shards'>,
): Promise<ShardFailure[]> {
  const there = new Set(shards);
  const known = await Promise.all([ports.accessTokens.shards(), ports.states.shards()]);
  const missing = [...new Set(known.flat())].filter((shard) => !there.has(shard)).sort();
  const failures = await Promise.all(missing.map((shard) => missingFailure(ports, shard)));
  return failures.flat();
}

async function missingFailure(ports: RunPorts, shard: string): Promise<ShardFailure[]> {
  const cause = (await isForgotten(ports, shard)) ? null : await causeOfAbsence(ports, shard);
  if (cause === null) {
    return [];
  }
  return [
    {
      shard,
      code: 'shard_unreadable',
      message: `The secret ${ports.vault.label(shard)} is gone: ${cause}.`,
      next_step: `Bring the secret back. If it is gone for good, say so: tokens shard forget ${shard}`,
    },
  ];
}

/** A state that cannot be read says nothing. */
async function isForgotten({ states }: RunPorts, shard: string): Promise<boolean> {
  const stored = await states.read(shard);
  try {
    return stored !== null && parseShardState(stored.text).forgotten_at !== null;
  } catch (error) {
    if (error instanceof StoreError) {
      return false;
    }
    throw error;
  }
}

/** The secret is asked for by its exact name. A list may have missed it. */
async function causeOfAbsence(ports: RunPorts, shard: string): Promise<string | null> {
  try {
    await ports.vault.read(shard);
    return null;
  } catch (error) {
    if (error instanceof StoreError) {
      return error.message;
    }
    throw error;
  }
}
