import type { LifecycleEvent, LifecycleEventType } from '../lifecycle-event.ts';
import type { Failure, Report, ShardFailure } from '../outcome.ts';
import type { End } from './ends.ts';
import type { ThresholdDays } from './warnings.ts';

/** The tenant of an event, with the people who can act. */
export interface EventTenant {
  tenant: string;
  shard: string;
  provider: string | null;
  app: string | null;
  title: string | null;
  owner: string | null;
  contact: string | null;
  tags: readonly string[];
}

/** Makes the event of a tenant that begins to fail, or fails in another way than before. */
export function tenantFailing(
  about: EventTenant,
  error: Failure,
  { since, exchangeKey }: { since: string; exchangeKey: string | null },
): LifecycleEvent {
  const id = exchangeKey ?? `${about.shard}/${about.tenant}/${error.code}/${since}`;
  const { reply: _, ...told } = error;
  return tenantEvent('Tenant Failing', about, {
    id,
    at: since,
    error: told,
  });
}

/** Makes the event of a tenant that failed with `was` and no longer does. */
export function tenantRecovered(
  about: EventTenant,
  was: string,
  { at, exchangeKey }: { at: string; exchangeKey: string | null },
): LifecycleEvent {
  const id = exchangeKey ?? `${about.shard}/${about.tenant}/recovered/${at}`;
  return tenantEvent('Tenant Recovered', about, {
    id: `${id}#recovered`,
    at,
    was,
  });
}

/** Makes the event of a tenant whose client consented. */
export function tenantConnected(
  about: EventTenant,
  { consentedAt, exchangeKey }: { consentedAt: string; exchangeKey: string | null },
): LifecycleEvent {
  const id = exchangeKey ?? `${about.shard}/${about.tenant}/connected/${consentedAt}`;
  return tenantEvent('Tenant Connected', about, { id: `${id}#connected`, at: consentedAt });
}

/** Makes the event of something that ends within `threshold` days. */
export function tenantEnding(
  about: EventTenant,
  { kind, at: ends_at, told }: End,
  { threshold, at }: { threshold: ThresholdDays; at: string },
): LifecycleEvent {
  const id = `${about.shard}/${about.tenant}/${kind}/${ends_at}/${threshold}`;
  const ending = {
    kind,
    ends_at,
    told,
    threshold_days: threshold,
  };
  return tenantEvent('Tenant Ending', about, {
    id,
    at,
    ...ending,
  });
}

/** Makes the event of a run that came to its end, well or not. */
export function runFinished(report: Report): LifecycleEvent {
  const { run_id, started_at, finished_at, summary, failures = [], report_key } = report;
  return {
    type: 'Run Finished',
    detail: {
      version: 1,
      id: run_id,
      at: finished_at,
      run_id,
      started_at,
      finished_at,
      summary,
      failed_shards: failures.map(({ shard }) => shard),
      ...(report_key !== undefined && { report_key }),
    },
  };
}

/** Makes the event of a shard that failed as a whole, one a day for each cause. */
export function shardFailed(failure: ShardFailure, at: string): LifecycleEvent {
  const { shard, code, message, next_step } = failure;
  return {
    type: 'Shard Failed',
    detail: {
      version: 1,
      id: `${shard}/${code}/${at.slice(0, 10)}`,
      at,
      shard,
      error: { code, message, next_step },
    },
  };
}

function tenantEvent(
  type: LifecycleEventType,
  { tags, ...about }: EventTenant,
  { id, at, ...more }: { id: string; at: string } & Record<string, unknown>,
): LifecycleEvent {
  const known = Object.entries(about).filter(([, value]) => value !== null);
  const tagged = tags.length > 0 ? { tags: [...tags] } : {};
  return {
    type,
    detail: {
      version: 1,
      id,
      at,
      ...Object.fromEntries(known),
      ...tagged,
      ...more,
    },
  };
}
