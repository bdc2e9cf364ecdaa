import pLimit from 'p-limit';
import { beforeTurn, parseExchangeKey, shardPrefix } from '../history/archived-exchange.ts';
import type { Family } from '../history/families.ts';
import { turnOf } from '../history/stamp.ts';
import { readArchived } from './archived-object.ts';
import type { ShardRun } from './shard-run.ts';

/** Requests to the archive or the index under way at once. */
export const AT_ONCE = 32;

type Reader = Pick<ShardRun, 'ports' | 'shard' | 'ledger' | 'seenKeys' | 'damaged'>;

/** Returns what reads a shard's archive where there is no run. It has read nothing yet. */
export function openReader(of: Pick<Reader, 'ports' | 'shard' | 'ledger'>): Reader {
  return { ...of, seenKeys: new Set(), damaged: new Set() };
}

/**
 * Reads the exchanges among these objects of the archive, and takes in what they say. One that is
 * damaged is left out and reported. It must not stop the others. Throws StoreError for any other
 * fault. Then nothing is taken in. One answer without the next would make a spent credential the
 * current one.
 */
export async function readEntries(run: Reader, keys: readonly string[]): Promise<void> {
  const exchanges = keys.filter((key) => parseExchangeKey(key) !== undefined);
  const unread = exchanges.filter((key) => !run.seenKeys.has(key));
  const read = await pLimit(AT_ONCE).map(unread, async (key) => {
    const exchange = await readArchived(run, key);
    return { key, exchange };
  });
  for (const { key, exchange } of read) {
    takeIn(run, key, exchange);
  }
}

/**
 * Takes in all that the archive got since these families' current credentials became current, for
 * tenants who may hold an answer of them. Answers that came late are found here. Throws StoreError.
 */
export async function lookDeep(
  run: Reader,
  families: readonly Family[],
  mayHold: (tenant: string) => boolean = () => true,
): Promise<void> {
  if (families.length === 0) {
    return;
  }
  const from = Math.min(...families.map(({ stamp }) => turnOf(stamp)));
  const prefix = shardPrefix(run.shard);
  const keys = await run.ports.archive.list(prefix, beforeTurn(run.shard, from));
  const theirs = keys.filter((key) => mayHold(parseExchangeKey(key)?.tenant ?? ''));
  await readEntries(run, theirs);
}

function takeIn(
  run: Reader,
  key: string,
  exchange: Awaited<ReturnType<typeof readArchived>>,
): void {
  run.seenKeys.add(key);
  if (exchange === 'damaged') {
    run.damaged.add(key);
  } else if (exchange !== null) {
    run.ledger.takeIn(key, exchange);
  }
}
