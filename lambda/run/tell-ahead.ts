import { clockFactsOf } from '../ahead/clock-facts.ts';
import { endsOf } from '../ahead/ends.ts';
import type { EventTenant } from '../ahead/event-builders.ts';
import { type AheadTenant, lookAhead, type Told } from '../ahead/look-ahead.ts';
import type { SeenExchange } from '../ahead/observe.ts';
import { putIn, takeOut } from '../ahead/outbox.ts';
import { toSeenExchange } from '../ahead/seen-exchange.ts';
import { marksOf } from '../ahead/tenant-marks.ts';
import type { ToldEnds } from '../ahead/warnings.ts';
import { STORE_CALL_MS } from '../deadlines.ts';
import { newTenantState, type ShardState } from '../history/shard-state.ts';
import { accountFacts } from '../history/tenant-account.ts';
import { type ShardRun, timeLeftMs } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { withoutMoved } from '../map/without-moved.ts';
import type { Outcome } from '../outcome.ts';
import { rememberedFailure } from '../report/failure.ts';
import { factsOf } from '../report/failure-facts.ts';
import type { Tells } from './rotation.ts';
import type { Ended } from './with-lease.ts';

/** A run's end: the state as it will be stored, and what became of its tenants. */
interface RunEnd {
  after: ShardState;
  outcomes: readonly Outcome[];
  /** Null where the run has no report. */
  reportKey: string | null;
  tells: Tells;
}

/** Decides what the end of a run reports of ends, changes and platforms. */
export function decideTold(run: ShardRun, end: RunEnd): Told | null {
  const { after, outcomes, reportKey, tells } = end;
  if (tells === 'nothing') {
    return null;
  }
  const byTenant = new Map(outcomes.map((outcome) => [outcome.tenant, outcome]));
  const map = withoutMoved(run.vault.map, after.tenants);
  const keys = newestKeys(run);
  const entries = [...map.tenants.keys()].map((name) => resolveTenant(name, map));
  const tenants = entries.filter(isTenant).map((tenant) => ({
    consentKey: keys.consents.get(tenant.name) ?? null,
    exchangeKey: keys.exchanges.get(tenant.name) ?? null,
    ...toAheadTenant(run, tenant, after, byTenant.get(tenant.name)),
  }));
  return lookAhead({
    runId: run.lease.runId,
    reportKey,
    hasBus: run.ports.events !== undefined,
    now: run.ports.clock.now(),
    tenants,
    exchanges: tells === 'all' ? seenBy(run) : [],
    observed: after.observed,
  });
}

/** Returns the state with what was reported, and with the events that wait to be sent. */
export function withTold(state: ShardState, told: Told | null): ShardState {
  if (told === null) {
    return state;
  }
  const tenants = new Map(state.tenants);
  for (const [name, of] of told.told) {
    const { told: _, ...tenant } = tenants.get(name) ?? newTenantState;
    tenants.set(name, Object.keys(of).length > 0 ? { ...tenant, told: of } : tenant);
  }
  return {
    ...state,
    tenants,
    observed: told.observed,
    outbox: putIn(state.outbox, told.events),
  };
}

/**
 * Stores the end of a run with the events that wait, sends them, and leaves those that were sent
 * out of the last write. Without events, or where the store refuses, the last write is the only
 * one.
 */
export async function sendWaiting<T>(run: ShardRun, ended: Ended<T>): Promise<Ended<T>> {
  const { events, log } = run.ports;
  const { outbox: waiting } = ended.close(run.lease.state());
  if (!events || waiting.length === 0) {
    return ended;
  }
  const isSaved = await run.lease.save(ended.close);
  if (!isSaved) {
    return ended;
  }
  const hasTime = () => timeLeftMs(run) > 2 * STORE_CALL_MS && run.lease.leftMs() > 0;
  const { taken, failure } = await events.send(waiting, hasTime);
  if (failure !== undefined) {
    log({
      level: 'warn',
      message: 'events wait for the next run',
      shard: run.shard,
      cause: failure,
    });
  }
  return {
    ...ended,
    close(state) {
      const closed = ended.close(state);
      return { ...closed, outbox: takeOut(closed.outbox, taken) };
    },
  };
}

function toAheadTenant(
  run: ShardRun,
  tenant: Tenant,
  after: ShardState,
  outcome: Outcome | undefined,
): Omit<AheadTenant, 'consentKey' | 'exchangeKey'> {
  const marks = marksOf(after, tenant.name);
  const { told = {}, account } = after.tenants.get(tenant.name) ?? newTenantState;
  const facts = () => ({ ...factsOf(tenant), ...accountFacts(account) });
  return {
    about: aboutOf(tenant, run.shard),
    error: marks.error && {
      since: marks.error.since,
      failure: outcome?.error ?? rememberedFailure(marks.error, facts()),
    },
    consentedAt: marks.consented_at,
    told: { failing: told.failing ?? null, consent: told.consented_at ?? null },
    isCommitted: outcome?.status !== 'uncommitted',
    ends: endsOf(clockFactsOf(tenant, marks)),
    rotatedAt: marks.rotated_at,
    toldEnds: (told.ends ?? {}) as ToldEnds,
  };
}

function aboutOf(tenant: Tenant, shard: string): EventTenant {
  const { name, app, title, owner, contact, tags, provider } = tenant;
  return {
    tenant: name,
    shard,
    provider: provider.id,
    app,
    title,
    owner,
    contact,
    tags,
  };
}

/** Returns by tenant the newest exchange of this run, and that of the code that it sent. */
function newestKeys({ ledger }: ShardRun) {
  const exchanges = new Map<string, string>();
  const consents = new Map<string, string>();
  for (const { entry } of ledger.own) {
    exchanges.set(entry.tenant, entry.key);
    if (entry.kind === 'code' && entry.issued !== null) {
      consents.set(entry.tenant, entry.key);
    }
  }
  return { exchanges, consents };
}

function seenBy(run: ShardRun): SeenExchange[] {
  return run.ledger.own.flatMap(({ exchange, entry }) => {
    const tenant = resolveTenant(exchange.tenant, run.vault.map);
    if (exchange.url === null || !isTenant(tenant)) {
      return [];
    }
    const judgement = run.ledger.entryOf(entry.key)?.judgement ?? undefined;
    return [toSeenExchange(exchange, tenant.provider, judgement)];
  });
}
