import { saidOf, VaultMapError } from '../map/vault-map.ts';
import type { ShardFailure } from '../outcome.ts';
import { type RunPorts, StoreError } from '../ports.ts';

/** Something kept new credentials or tokens out of a secret. The message is in our own words. */
export class CommitError extends Error {
  override readonly name = 'CommitError';
  /** The tenants whose new tokens the archive refused as well. */
  readonly unarchived: readonly string[];
  constructor(message: string, unarchived: readonly string[] = []) {
    super(message);
    this.unarchived = unarchived;
  }
}

/** The archive takes nothing. The message is in our own words. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** Says how the first of some shards failed as a whole, and how many others did. */
export function failuresText(failures: readonly ShardFailure[]): string {
  const [first, ...others] = failures;
  if (!first) {
    return '';
  }
  const { shard, code, message, next_step } = first;
  const more = others.length > 0 ? ` ${others.length} more failed.` : '';
  return `Shard ${shard} failed (${code}): ${message} ${next_step}${more}`;
}

type Text = Pick<ShardFailure, 'code' | 'message' | 'next_step'>;

/**
 * Returns the failure of a whole shard, from whatever was thrown. The message of an error that is
 * not ours is not repeated.
 */
export function shardFailure(ports: RunPorts, shard: string, error: unknown): ShardFailure {
  const known = textOf(shard, error);
  if (known) {
    return { shard, ...known };
  }
  const code = error instanceof Error ? error.name : 'Error';
  ports.log({
    level: 'error',
    message: 'a fault of this program',
    shard,
    code,
  });
  return {
    shard,
    code: 'shard_unreadable',
    message: `Shard ${shard} met a fault of this program.`,
    next_step: 'What was archived is safe, and the next run goes on from there. Please report it.',
  };
}

function textOf(shard: string, error: unknown): Text | null {
  if (error instanceof CommitError) {
    return commitFailed(shard, error);
  }
  if (error instanceof ArchiveError) {
    return {
      code: 'archive_failed',
      message: `The archive of shard ${shard} takes nothing: ${error.message}.`,
      next_step: 'Remove the cause, and run again. Nothing was sent that could not be kept.',
    };
  }
  if (error instanceof VaultMapError) {
    return {
      code: 'shard_unreadable',
      message: saidOf(error),
      next_step:
        'Correct the secret, or roll it back to its previous version. Nothing was written to it.',
    };
  }
  if (error instanceof StoreError) {
    return {
      code: 'shard_unreadable',
      message: `Cannot read shard ${shard}: ${error.message}.`,
      next_step: 'Remove the cause, and run again. Nothing was asked for its tenants.',
    };
  }
  return null;
}

function commitFailed(shard: string, { message, unarchived }: CommitError): Text {
  const tenants = unarchived.join(', ');
  return {
    code: 'commit_failed',
    message: `Cannot write shard ${shard}: ${message}.`,
    next_step:
      unarchived.length > 0
        ? `The archive refused the new tokens of ${tenants} as well. ` +
          'Remove the cause, and run again. Connect those that then need authorization.'
        : 'Nothing is lost: new tokens are in the archive, ' +
          'and the next run writes them once the cause is gone.',
  };
}
