import type { Observed, ToldOfTenant } from '../history/ahead-state.ts';
import type { LifecycleEvent } from '../lifecycle-event.ts';
import type { Drift, Ending } from '../outcome.ts';
import { endStep } from '../report/end-text.ts';
import { compare } from './drift.ts';
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
  /** Says what was reported of its ends, as the state has it. */
  toldEnds: ToldEnds;
}

/** Describes what a run knows of a shard when it has committed. */
export interface ShardAhead {
  runId: string;
  /** Null where nobody reads a report. Then changes are reported, and ends wait for another run. */
  reportKey: string | null;
  /** Says whether there is a bus for events. A folder home has none. */
  hasBus: boolean;
  /** Now, in milliseconds since the epoch. */
  now: number;
  tenants: readonly AheadTenant[];
  exchanges: readonly SeenExchange[];
  /** Says what is remembered of platforms, by `provider/grant`. */
  observed: Observed;
}

/** Describes what is to be reported, and what the state then says was reported. */
export interface Told {
  /** By tenant. */
  told: Map<string, ToldOfTenant>;
  observed: Observed;
  endings: Ending[];
  drifts: Drift[];
  events: LifecycleEvent[];
}

/** Decides what the end of a run over one shard tells. It depends on nothing but its arguments. */
export function lookAhead(ahead: ShardAhead): Told {
  const at = new Date(ahead.now).toISOString();
  const isRead = ahead.reportKey !== null;
  const warned = ahead.tenants.map((tenant) =>
    isRead
      ? warn(tenant, ahead.now)
      : {
          tenant,
          warnings: [],
          told: tenant.toldEnds,
        },
  );
  const { observed, drifts } = watchPlatforms(ahead, at);
  return {
    told: new Map(warned.map((one) => [one.tenant.about.tenant, toldOf(one, ahead.hasBus)])),
    observed,
    endings: warned.flatMap(toEndings),
    drifts,
    events: ahead.hasBus ? groupEvents(warned.flatMap(eventsOf(at)), { ...ahead, at }) : [],
  };
}

interface Warned {
  tenant: AheadTenant;
  warnings: Warning[];
  told: ToldEnds;
}

function warn(tenant: AheadTenant, now: number): Warned {
  const { ends, toldEnds, rotatedAt } = tenant;
  return { tenant, ...dueWarnings(ends, toldEnds, { now, rotatedAt }) };
}

function eventsOf(at: string): (warned: Warned) => LifecycleEvent[] {
  return ({ tenant, warnings }) => [
    ...eventsOfChange(tenant, at),
    ...warnings.map(({ end, threshold }) => tenantEnding(tenant.about, end, { threshold, at })),
  ];
}

function toldOf({ tenant, told: ends }: Warned, hasBus: boolean): ToldOfTenant {
  const { failing, consent } = hasBus ? toldByEvents(tenant) : tenant.told;
  return {
    ...(failing !== null && { failing }),
    ...(consent !== null && { consented_at: consent }),
    ...(Object.keys(ends).length > 0 && { ends }),
  };
}

/** Of a consent that is not committed nothing was reported yet. */
function toldByEvents({ error, consentedAt, told, isCommitted }: AheadTenant) {
  const failing = error === null ? null : error.failure.code;
  return { failing, consent: isCommitted ? consentedAt : told.consent };
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
