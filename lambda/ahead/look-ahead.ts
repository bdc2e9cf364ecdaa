import type { LifecycleEvent } from '../lifecycle-event.ts';
import type { Drift, Ending } from '../outcome.ts';
import { endStep } from '../report/end-text.ts';
import { compare, type Observed } from './drift.ts';
import type { End } from './ends.ts';
import { tenantEnding } from './event-builders.ts';
import { groupEvents } from './group-events.ts';
import { observe, type SeenExchange } from './observe.ts';
import { eventsOfChange, type TenantChange } from './tenant-changes.ts';
import { dueWarnings, type ToldEnds, type Warning } from './warnings.ts';

/** One tenant at the end of a run. */
export interface AheadTenant extends TenantChange {
  ends: readonly End[];
  rotatedAt: string | null;
  /** What the state says was told of its ends. */
  told: ToldEnds;
}

/** What a run knows of a shard when it has committed. */
export interface ShardAhead {
  runId: string;
  reportKey: string;
  /** Now, in milliseconds since the epoch. */
  now: number;
  tenants: readonly AheadTenant[];
  exchanges: readonly SeenExchange[];
  /** What is remembered of platforms, by `provider/grant`. */
  observed: Readonly<Record<string, Observed>>;
}

/** What is to be told, and what the state then says was told. */
export interface Told {
  /** By tenant; one of whom nothing was told is left out. */
  told: Map<string, ToldEnds>;
  observed: Record<string, Observed>;
  endings: Ending[];
  drifts: Drift[];
  events: LifecycleEvent[];
}

/** Decides what the end of a run over one shard tells. It depends on nothing but its arguments. */
export function lookAhead(ahead: ShardAhead): Told {
  const at = new Date(ahead.now).toISOString();
  const warned = ahead.tenants.map((tenant) => warn(tenant, ahead.now));
  const changes = ahead.tenants.flatMap((tenant) => eventsOfChange(tenant, at));
  const endings = warned.flatMap(({ tenant: { about }, warnings }) =>
    warnings.map(({ end, threshold }) => tenantEnding(about, end, { threshold, at })),
  );
  const { observed, drifts } = watchPlatforms(ahead, at);
  return {
    told: new Map(
      warned.flatMap(({ tenant, told }) =>
        Object.keys(told).length > 0 ? [[tenant.about.tenant, told] as const] : [],
      ),
    ),
    observed,
    endings: warned.flatMap(toEndings),
    drifts,
    events: groupEvents([...changes, ...endings], { ...ahead, at }),
  };
}

interface Warned {
  tenant: AheadTenant;
  warnings: Warning[];
  told: ToldEnds;
}

function warn(tenant: AheadTenant, now: number): Warned {
  const { ends, told, rotatedAt } = tenant;
  return { tenant, ...dueWarnings(ends, told, { now, rotatedAt }) };
}

function toEndings({ tenant: { about }, warnings }: Warned): Ending[] {
  const { tenant, shard, provider, app, owner, contact } = about;
  return warnings.map(({ end, threshold }) => ({
    tenant,
    shard,
    provider,
    app,
    kind: end.kind,
    ends_at: end.at,
    told: end.told,
    threshold_days: threshold,
    next_step: endStep(end, about),
    ...(owner !== null && { owner }),
    ...(contact !== null && { contact }),
  }));
}

function watchPlatforms(
  { exchanges, observed }: ShardAhead,
  at: string,
): Pick<Told, 'observed' | 'drifts'> {
  const compared = [...observe(exchanges)].map(([of, observation]) => ({
    of,
    ...compare(observed[of], observation, { of, at }),
  }));
  return {
    observed: {
      ...observed,
      ...Object.fromEntries(compared.map((one) => [one.of, one.observed])),
    },
    drifts: compared.flatMap(({ drifts }) => drifts),
  };
}
