import type { Pacer } from '../ask/pacer.ts';
import { parseExchangeKey } from '../history/archived-exchange.ts';
import { commit, rereadVault } from '../keep/commit.ts';
import { doubtUnarchived } from '../keep/doubt-unarchived.ts';
import { readInbox } from '../keep/inbox-codes.ts';
import { indexForm1 } from '../keep/index-form1.ts';
import { neverConnected, readInvited } from '../keep/invited.ts';
import { publish } from '../keep/publish.ts';
import { readEntries } from '../keep/read-archive.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { type OpenedTurn, openTurn } from '../keep/turn.ts';
import { StoreError } from '../ports.ts';
import { ArchiveError, CommitError } from '../report/shard-failure.ts';
import { disown } from './open-run.ts';

/**
 * Brings a shard to where its tenants may be asked: claims the turn, takes in what the archive
 * holds and the state does not, restores the map, commits that, and publishes what is newer.
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
  if (!run.lease.isClean()) disown(run.ledger.knowledge);
  if (run.lease.state().form1 !== null) await indexForm1(run);
  await readEntries(
    run,
    keys.filter((key) => parseExchangeKey(key) !== undefined),
  );
  noteNewestVersion(run);
  run.codes = await readInbox(run.ports, run.shard);
  await rereadVault(run);
  await doubtUnarchived(run);
  run.invited = await readInvited(
    run.ports,
    run.shard,
    neverConnected(run.vault.map, run.ledger.knowledge),
  );
  const committed = await commit(run, 'as_read');
  if (committed.kind !== 'committed') throw new CommitError(causeOf(committed));
  const published = await publish(run, 'newer');
  if (published.kind !== 'published') throw new CommitError(causeOf(published));
  run.room.vault = run.ports.vault.maxBytes - Buffer.byteLength(run.vault.text ?? '');
  run.room.accessTokens = run.ports.accessTokens.maxBytes - published.bytes;
  return committed.changed;
}

/** The marker is the proof that answers can be archived. Without it nothing is asked. */
async function claimTurn(run: ShardRun): Promise<OpenedTurn> {
  try {
    return await openTurn(run.ports, run.shard, run.lease);
  } catch (error) {
    throw error instanceof StoreError ? new ArchiveError(error.message) : error;
  }
}

/** Adopted entries tell which version of the map they were found in. */
function noteNewestVersion(run: ShardRun): void {
  const seen = [...run.seenKeys].flatMap((key) => run.ledger.entryOf(key)?.versionAt ?? []);
  run.newestVersionAt = seen.reduce((most, at) => Math.max(most, at), run.newestVersionAt);
}

function causeOf(result: { kind: 'left' } | { kind: 'failed'; cause: string }): string {
  return result.kind === 'failed' ? result.cause : 'the lease was lost';
}
