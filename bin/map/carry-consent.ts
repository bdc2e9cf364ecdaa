import {
  type ArchivedExchange,
  exchangeKey,
  parseArchivedExchange,
} from '../../lambda/history/archived-exchange.ts';
import { unreadConsentOf } from '../../lambda/history/families.ts';
import { successionOfJoin } from '../../lambda/keep/file-entry.ts';
import { type ShardRun, takeAttempt } from '../../lambda/keep/shard-run.ts';

/**
 * Returns the answer to a tenant's code that nobody could read and that waits for an operator, or
 * null where there is none. The tenant's name in the archive alone says whose it is. Throws
 * StoreError.
 */
export async function readUnreadConsent(
  run: ShardRun,
  tenant: string,
): Promise<ArchivedExchange | null> {
  const unread = unreadConsentOf(run.ledger.knowledge, tenant)?.unread;
  if (!unread) {
    return null;
  }
  return parseArchivedExchange(await run.ports.archive.get(unread.key)) ?? null;
}

/**
 * Files such an answer under another name or in another shard, where its tenant is from now on. The
 * tenant's new place must be known already. Throws StoreError.
 */
export async function fileUnreadConsent(
  run: ShardRun,
  tenant: string,
  exchange: ArchivedExchange,
): Promise<void> {
  const root = exchange.succession?.root ?? exchange.spent;
  if (root === null) {
    return;
  }
  const attempt = takeAttempt(run, tenant, 0);
  const key = exchangeKey(run.shard, run.lease.folder(), tenant, attempt);
  const filed: ArchivedExchange = {
    ...exchange,
    tenant,
    shard: run.shard,
    turn: run.lease.turn(),
    attempt,
    succession: { ...successionOfJoin(run, tenant, { root, born: null }), born: null },
  };
  await run.ports.archive.put(key, filed);
  run.ledger.takeIn(key, filed);
}
