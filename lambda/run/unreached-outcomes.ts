import type { Ask } from '../ask/ask-all.ts';
import { choose } from '../ask/selection.ts';
import { type ShardView, withoutLease } from '../ask/shard-view.ts';
import { newKnowledge } from '../history/families.ts';
import type { VaultMap } from '../map/vault-map.ts';
import type { Outcome } from '../outcome.ts';
import type { Clock } from '../ports.ts';
import { describeFailure } from '../report/failure.ts';
import type { ShardTask } from './rotate-shard.ts';
import type { ShardReport } from './shard-report.ts';

/** How a shard ended whose tenants were not reached. */
type Unreached = Exclude<ShardReport, { kind: 'done' }>;

/**
 * Returns an outcome for each tenant that a run wanted of a shard which was busy, or failed as a
 * whole. Without a map that could be read there is none.
 */
export function unreachedOutcomes(
  clock: Clock,
  map: VaultMap | null,
  task: ShardTask,
  report: Unreached,
): Outcome[] {
  if (!map) {
    return [];
  }
  const view = viewBeforeLease(clock, map, task);
  const asks = choose(view, task.wanted).filter((choice) => choice.do === 'ask');
  return asks.map((ask) => unreachedOutcome(ask, task.shard, report));
}

/** Only the map is known of a shard whose lease the run did not have. */
function viewBeforeLease(
  clock: Clock,
  map: VaultMap,
  { shard, namesElsewhere }: ShardTask,
): ShardView {
  return {
    ...withoutLease,
    shard,
    namesElsewhere,
    map,
    knowledge: newKnowledge(),
    tenants: new Map(),
    published: new Map(),
    now: clock.now(),
  };
}

function unreachedOutcome(
  { name, tenant }: Pick<Ask, 'name' | 'tenant'>,
  shard: string,
  report: Unreached,
): Outcome {
  const about = {
    tenant: name,
    shard,
    provider: tenant.provider.id,
  };
  if (report.kind === 'busy') {
    return { ...about, status: 'busy', reason: 'another run holds the shard' };
  }
  if (report.failure.code === 'commit_failed') {
    return { ...about, status: 'deferred', reason: 'its shard could not be written' };
  }
  const cause = 'see the failures of this run';
  const error = describeFailure('shard_unreadable', { tenant: name, shard, cause });
  return { ...about, status: 'failed', error };
}
