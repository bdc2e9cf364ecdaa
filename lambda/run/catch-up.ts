import type { Pacer } from '../ask/pacer.ts';
import { nameFamilies } from '../keep/claim-family.ts';
import { commit, rereadVault } from '../keep/commit.ts';
import { doubtUnarchived } from '../keep/doubt-unarchived.ts';
import { readInbox } from '../keep/inbox-codes.ts';
import { indexForm1 } from '../keep/index-form1.ts';
import { neverConnected, readInvited } from '../keep/invited.ts';
import { withMoves } from '../keep/moves.ts';
import { publish } from '../keep/publish.ts';
import { readEntries } from '../keep/read-archive.ts';
import { refuseLostVault } from '../keep/read-vault.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { type OpenedTurn, openTurn } from '../keep/turn.ts';
import { StoreError } from '../ports.ts';
import { ArchiveError, CommitError } from '../report/shard-failure.ts';
import { disown } from './open-run.ts';

/**
 * Brings a shard to where its tenants may be asked. Claims the turn, and takes in what the archive
 * holds and the state does not. Restores the map, commits that, and publishes what is newer.
 * Returns the tenants whose credential was put back. Once the turn is claimed, which may take
 * minutes, the shard waits for its turn among others by `inTurn`. Throws StoreError, VaultMapError,
 * LeaseLostError and CommitError. Then nothing may be asked.
 */
export async function catchUp(
  run: ShardRun,
  inTurn: Pacer['getReady'] = (work) => work(),
): Promise<ReadonlySet<string>> {
  const { keys } = await claimTurn(run);
  return inTurn(() => bringUpToDate(run, keys));
}

async function bringUpToDate(run: ShardRun, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (!run.lease.isClean()) {
    disown(run.ledger.knowledge);
  }
  await readEntries(run, keys);
  run.tenants = withMoves(run.tenants, run.ledger, keys);
  await nameFamilies(run);
  await indexForm1(run);
  noteNewestVersion(run);
  run.codes = await readInbox(run.ports, run.shard);
  await rereadVault(run);
  refuseLostVault(run.ports, run.shard, run.vault, run.lease.state());
  await doubtUnarchived(run);
  await findInvited(run);
  const committed = await commit(run, 'as_read');
  if (committed.kind !== 'committed') {
    throw new CommitError(causeOf(committed));
  }
  const published = await publish(run, 'newer');
  if (published.kind !== 'published') {
    throw new CommitError(causeOf(published));
  }
  measureRoom(run, published.bytes);
  return committed.changed;
}

async function findInvited(run: ShardRun): Promise<void> {
  const waiting = neverConnected(run.vault.map, run.ledger.knowledge);
  run.invited = await readInvited(run.ports, run.shard, waiting);
}

/** Notes how many bytes of each secret are free. */
function measureRoom(run: ShardRun, publishedBytes: number): void {
  const { vault, accessTokens } = run.ports;
  const vaultBytes = Buffer.byteLength(run.vault.text ?? '');
  run.room.vault = vault.maxBytes - vaultBytes;
  run.room.accessTokens = accessTokens.maxBytes - publishedBytes;
}

/** The marker is the proof that answers can be archived. Without it nothing is asked. */
async function claimTurn(run: ShardRun): Promise<OpenedTurn> {
  try {
    return await openTurn(run.ports, run.shard, run.lease);
  } catch (error) {
    if (error instanceof StoreError) {
      throw new ArchiveError(error.message);
    }
    throw error;
  }
}

/** Adopted entries tell which version of the map they were found in. */
function noteNewestVersion(run: ShardRun): void {
  for (const key of run.seenKeys) {
    const versionAt = run.ledger.entryOf(key)?.versionAt ?? 0;
    run.newestVersionAt = Math.max(run.newestVersionAt, versionAt);
  }
}

function causeOf(result: { kind: 'left' } | { kind: 'failed'; cause: string }): string {
  return result.kind === 'failed' ? result.cause : 'the lease was lost';
}
