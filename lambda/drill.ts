import type { Context } from 'aws-lambda';
import { openInvocation } from './aws/invocation.ts';
import { logDrill } from './aws/log.ts';
import type { DrillReport, ShardDrill } from './drill-report.ts';
import { parseDrillEvent } from './event.ts';
import { toPublicError } from './fault.ts';
import { publishDrill } from './report/metrics.ts';
import { drill } from './run/drill.ts';

/** Most names of one list in the result and in its line of the log. */
const MOST_LISTED = 50;

/**
 * Holds a drill: takes `{"drill": true}`, with a shard or without, returns what would come back,
 * and logs the same. Writes metrics and nothing else. Throws for a bad event or configuration, and
 * where the shards cannot be listed.
 */
export async function holdDrill(event: unknown, context: Context): Promise<DrillReport> {
  try {
    const { ports, metrics } = openInvocation(context, process.env);
    const report = await drill(ports, parseDrillEvent(event));
    publishDrill(report, metrics);
    const result = { ...report, shards: report.shards.map(cut) };
    logDrill(result);
    return result;
  } catch (error) {
    throw toPublicError(error);
  }
}

function cut(shard: ShardDrill): ShardDrill {
  const { missing, to_add, removed, edited, unreadable } = shard;
  const some = <T>(items: readonly T[]) => items.slice(0, MOST_LISTED);
  return {
    ...shard,
    missing: some(missing),
    to_add: some(to_add),
    removed: some(removed),
    edited: some(edited),
    unreadable: some(unreadable),
  };
}
