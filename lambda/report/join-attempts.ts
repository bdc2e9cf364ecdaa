import { groupBy } from '../group-by.ts';
import type { Outcome, Report, ShardFailure } from '../outcome.ts';

/** Describes what all attempts of a fan-out came to for one tenant. */
interface TenantNews {
  last: Outcome;
  newly: boolean;
  healed: boolean;
}

/**
 * Takes the reports of a fan-out, in which a failed shard is tried up to three times, and returns
 * them with each piece of news once. New is what the first attempt found new, and what counts is
 * how the last one ended. `failed` names the shards whose last attempt failed.
 */
export function joinAttempts(reports: readonly Report[], failed: readonly string[]): Report[] {
  const inOrder = [...reports].sort((a, b) => (a.started_at < b.started_at ? -1 : 1));
  const news = tenantNews(inOrder);
  const failures = inOrder.flatMap((report) => report.failures ?? []);
  const byShard = groupBy(failures, ({ shard }) => shard);
  const lastOf = (failure: ShardFailure): ShardFailure[] => {
    const [first, ...others] = byShard.get(failure.shard) ?? [];
    const last = others.at(-1) ?? first;
    const counts = last === failure && failed.includes(failure.shard);
    return counts ? [asFirstFound(failure, first)] : [];
  };
  return inOrder.map((report) => ({
    ...report,
    outcomes: report.outcomes.map((outcome) => withNews(outcome, news.get(keyOf(outcome)))),
    failures: (report.failures ?? []).flatMap(lastOf),
  }));
}

function tenantNews(reports: readonly Report[]): Map<string, TenantNews> {
  const outcomes = reports.flatMap((report) => report.outcomes);
  const news = new Map<string, TenantNews>();
  for (const [key, attempts] of groupBy(outcomes, keyOf)) {
    const [first] = attempts;
    if (!first) {
      continue;
    }
    news.set(key, {
      last: attempts.at(-1) ?? first,
      newly: attempts.some((outcome) => outcome.newly_failing),
      healed: attempts.some((outcome) => outcome.healed),
    });
  }
  return news;
}

/** A tenant that failed and is well again within one fan-out is no news. */
function withNews(outcome: Outcome, news: TenantNews | undefined): Outcome {
  const { newly_failing: _newly, healed: _healed, ...plain } = outcome;
  if (news?.last !== outcome) {
    return plain;
  }
  if (outcome.error) {
    return news.newly ? { ...plain, newly_failing: true } : plain;
  }
  return news.healed && !news.newly ? { ...plain, healed: true } : plain;
}

function asFirstFound(last: ShardFailure, first: ShardFailure | undefined): ShardFailure {
  const { repeated: _repeated, ...plain } = last;
  return first?.repeated ? { ...plain, repeated: true } : plain;
}

function keyOf({ shard, tenant }: Outcome): string {
  return `${shard}/${tenant}`;
}
