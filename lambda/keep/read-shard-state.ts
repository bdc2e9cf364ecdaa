import { newShardState, type ShardState } from '../history/shard-state.ts';
import { parseShardState } from '../history/stored-state.ts';
import type { RunPorts } from '../ports.ts';

/** Reads a shard's state. A shard that has none yet has a new one. Throws StoreError. */
export async function readShardState(
  { states }: Pick<RunPorts, 'states'>,
  shard: string,
): Promise<ShardState> {
  const stored = await states.read(shard);
  return stored ? parseShardState(stored.text) : newShardState();
}
