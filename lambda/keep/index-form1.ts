import pLimit from 'p-limit';
import { rootOf } from '../history/families.ts';
import { printsOfForm1 } from '../history/form1-state.ts';
import { printOfKnownKey } from '../history/known-record.ts';
import { StoreError } from '../ports.ts';
import { indexOldCredential } from './index-credential.ts';
import { AT_ONCE } from './read-archive.ts';
import { latestStart, type ShardRun } from './shard-run.ts';

/**
 * Puts every credential that a state or an archive of version 0.1 knows into the index. Only then
 * may the state forget any of them. Does nothing where no such state or entry was read. Goes on
 * where an earlier run stopped. Throws StoreError, also when the function's time is nearly up. The
 * next run goes on.
 */
export async function indexForm1(run: ShardRun): Promise<void> {
  const { clock, records, log } = run.ports;
  if (run.lease.state().form1 === null && !hasForm1Entries(run)) {
    return;
  }
  const indexed = new Set(
    (await records.list('known/')).flatMap((key) => printOfKnownKey(key) ?? []),
  );
  const missing = printsOfForm1(run.ledger.knowledge).filter(({ print }) => !indexed.has(print));
  if (missing.length === 0) {
    return;
  }
  log({
    level: 'info',
    message: 'taking over what version 0.1 knew',
    shard: run.shard,
    count: missing.length,
  });
  await pLimit(AT_ONCE).map(missing, async ({ print, family }) => {
    if (clock.monotonic() > latestStart(run) || run.lease.leftMs() <= 0) {
      throw new StoreError(
        'unavailable',
        'the state of version 0.1 is not taken over yet; the next run goes on',
      );
    }
    await indexOldCredential(run, print, rootOf(family));
  });
}

function hasForm1Entries({ ledger, seenKeys }: ShardRun): boolean {
  return [...seenKeys].some((key) => ledger.entryOf(key)?.isForm1 === true);
}
