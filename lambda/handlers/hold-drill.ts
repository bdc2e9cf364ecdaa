import type { Context } from 'aws-lambda';
import { openInvocation } from '../aws/invocation.ts';
import { logDrill } from '../aws/log.ts';
import { parseDrillEvent } from '../event.ts';
import type { DrillReport, ShardDrill } from '../report/drill-report.ts';
import { publishDrill } from '../report/metrics.ts';
import { failuresText } from '../report/shard-failure.ts';
import { drill } from '../run/drill.ts';
import { ShardsFailedError, toPublicError } from './public-error.ts';

/** Most names of one list in the result and in its line of the log. */
const MOST_LISTED = 50;

/**
 * Holds a drill: takes `{"drill": true}`, with a shard or without, returns what would come back,
 * and logs the same. Writes metrics and nothing else. Throws for a bad event or configuration,
 * where the shards cannot be listed, and, once all is logged, for shards of which nothing can be
 * said.
 */
export async function holdDrill(event: unknown, context: Context): Promise<DrillReport> {
  try {
    const { ports, metrics } = openInvocation(context, process.env);
    const report = await drill(ports, parseDrillEvent(event));
    publishDrill(report, metrics);
    const result = { ...report, shards: report.shards.map(cut) };
    logDrill(result);
    if (report.failures.length > 0) {
      throw new ShardsFailedError(failuresText(report.failures));
    }
    return result;
  } catch (error) {
    throw toPublicError(error);
  }
}

function cut(shard: ShardDrill): ShardDrill {
  const { missing, to_add, renamed, removed, edited, unreadable } = shard;
  const some = <T>(items: readonly T[]) => items.slice(0, MOST_LISTED);
  return {
    ...shard,
    missing: some(missing),
    to_add: some(to_add),
    renamed: some(renamed),
    removed: some(removed),
    edited: some(edited),
    unreadable: some(unreadable),
  };
}
