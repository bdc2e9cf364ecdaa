import { STORE_CALL_MS } from '../deadlines.ts';
import type { Cause, Outcome } from '../outcome.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import { explainFailures } from './explain-failures.ts';
import { readReadableTenants } from './read-fleet-tenants.ts';
import type { RunOptions } from './run-options.ts';

/** Explaining more would take minutes. */
const MOST_EXPLAINED = 1_000;
/** What a run still has to do when it has explained. */
const TIME_TO_END_MS = 6 * STORE_CALL_MS;

/**
 * Returns the outcomes, with why tenants newly fail. A run without such news reads nothing. Where
 * the stores refuse, or no time is left, the outcomes stay as they are: `tokens why` explains them.
 */
export async function explainNews(
  ports: RunPorts,
  outcomes: readonly Outcome[],
  { runId, deadlineAt }: RunOptions,
): Promise<Outcome[]> {
  const news = outcomes.filter((outcome) => outcome.newly_failing).slice(0, MOST_EXPLAINED);
  if (news.length === 0 || deadlineAt - ports.clock.now() < TIME_TO_END_MS) {
    return [...outcomes];
  }
  try {
    const causes = await causesOf(ports, news);
    return outcomes.map((outcome) => {
      const found = news.includes(outcome) ? causes.get(idOf(outcome)) : undefined;
      return found ? { ...outcome, causes: found } : outcome;
    });
  } catch (error) {
    const message = 'new failures could not be explained';
    const cause = error instanceof StoreError ? error.message : 'a fault';
    ports.log({
      level: 'warn',
      message,
      run_id: runId,
      cause,
    });
    return [...outcomes];
  }
}

async function causesOf(ports: RunPorts, news: readonly Outcome[]): Promise<Map<string, Cause[]>> {
  const wanted = new Set(news.map(idOf));
  const fleet = await readReadableTenants(ports);
  const chosen = fleet.filter((one) => wanted.has(idOf(one)));
  const explained = await explainFailures(ports.archive, chosen, fleet);
  return new Map(explained.map((one) => [idOf(one), one.causes]));
}

function idOf({ shard, tenant }: { shard: string; tenant: string }): string {
  return `${shard}/${tenant}`;
}
