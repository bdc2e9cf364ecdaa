import { isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from '../map/closest.ts';

/**
 * Throws CommandError for a shard that never was: one that was has a secret or a state. Throws
 * StoreError.
 */
export async function refuseUnknownShard(
  { states, accessTokens, vault }: Pick<RunPorts, 'states' | 'accessTokens' | 'vault'>,
  shard: string,
): Promise<void> {
  const known = await vault.shards();
  if (known.includes(shard) || (await accessTokens.shards()).includes(shard)) {
    return;
  }
  if (isName(shard) && (await states.read(shard)) !== null) {
    return;
  }
  throw unknownShard(shard, known);
}

/** Says that a shard is none of those that are known, and which one may be meant. */
export function unknownShard(shard: string, known: Iterable<string>): CommandError {
  return new CommandError(`There is no shard ${shown(shard)}.${didYouMean(shard, known)}`, {
    code: 'unknown_shard',
    nextStep: 'All shards: tokens shard list',
  });
}
