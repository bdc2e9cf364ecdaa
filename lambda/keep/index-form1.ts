import pLimit from 'p-limit';
import { rootOf } from '../history/families.ts';
import { printsOfForm1 } from '../history/form1-state.ts';
import { printOfKnownKey } from '../history/known-record.ts';
import { StoreError } from '../ports.ts';
import { indexOldCredential } from './ownership.ts';
import { AT_ONCE } from './read-archive.ts';
import { latestStart, type ShardRun } from './shard-run.ts';

/**
 * Puts every credential that a state of version 0.1 knows into the index. Only then may the state
 * forget any of them. Goes on where an earlier run stopped. Throws StoreError, also when the
 * function's time is nearly up. The next run goes on.
 */
export async function indexForm1(run: ShardRun): Promise<void> {
  const { clock, records, log } = run.ports;
  const indexed = new Set(
    (await records.list('known/')).flatMap((key) => printOfKnownKey(key) ?? []),
  );
  const missing = printsOfForm1(run.ledger.knowledge).filter(({ print }) => !indexed.has(print));
  log({
    level: 'info',
    message: 'taking over a state of version 0.1',
    shard: run.shard,
    count: missing.length,
  });
  const limit = pLimit(AT_ONCE);
  await Promise.all(
    missing.map(({ print, family }) =>
      limit(async () => {
        if (clock.now() > latestStart(run) || run.lease.leftMs() <= 0)
          throw new StoreError(
            'unavailable',
            'the state of version 0.1 is not taken over yet; the next run goes on',
          );
        await indexOldCredential(run, {
          print,
          root: rootOf(family),
          isRoot: family.roots.has(print),
        });
      }),
    ),
  );
}
