import { VaultMapError } from '../map/vault-map.ts';
import type { ShardFailure } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { StoreError } from '../ports.ts';

/**
 * What kept new credentials or tokens out of a secret, in our own words; and whose the archive had
 * refused as well.
 */
export class CommitError extends Error {
  override readonly name = 'CommitError';
  readonly unarchived: readonly string[];
  constructor(message: string, unarchived: readonly string[] = []) {
    super(message);
    this.unarchived = unarchived;
  }
}

/**
 * The fault of a whole shard, from whatever was thrown; the message of what is not ours is not
 * told.
 */
export function shardFailure(ports: RunPorts, shard: string, error: unknown): ShardFailure {
  const vault = ports.vault.label(shard);
  if (error instanceof CommitError)
    return {
      shard,
      code: 'commit_failed',
      message: `Shard ${shard} could not be written: ${error.message}.`,
      next_step:
        error.unarchived.length > 0
          ? `The archive refused the new tokens of ${error.unarchived.join(', ')} as well. Remove the cause and run again; connect those that then need authorization.`
          : 'Nothing is lost: new tokens are in the archive, and the next run writes them once the cause is gone.',
    };
  if (error instanceof VaultMapError)
    return {
      shard,
      code: 'shard_unreadable',
      message: `${vault} is no tenant credential map: ${error.message}.`,
      next_step:
        'Correct the secret, or roll it back to its previous version. Nothing was written to it.',
    };
  if (error instanceof StoreError)
    return {
      shard,
      code: 'shard_unreadable',
      message: `Shard ${shard} could not be read: ${error.message}.`,
      next_step: 'Remove the cause and run again. Nothing was asked for its tenants.',
    };
  ports.log({
    level: 'error',
    message: 'a fault of this program',
    shard,
    code: error instanceof Error ? error.name : 'Error',
  });
  return {
    shard,
    code: 'shard_unreadable',
    message: `Shard ${shard} met a fault of this program.`,
    next_step: 'What was archived is safe, and the next run goes on from there. Please report it.',
  };
}
