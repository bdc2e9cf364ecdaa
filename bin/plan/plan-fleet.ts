import { longestGapMs } from '../../lambda/ahead/schedule-gap.ts';
import { tooSeldom } from '../../lambda/ahead/too-seldom.ts';
import { groupBy } from '../../lambda/group-by.ts';
import { type AwsCalls, callsOfDryRun, callsOfRun, type RunShape, sumCalls } from './calls.ts';
import { type ClientTime, clientTimes } from './client-times.ts';
import { type Dollars, dollarsOf } from './dollars.ts';
import { type LimitShare, limitShares } from './limit-shares.ts';
import type { PlannedRhythm, PlannedTenant } from './planned-tenant.ts';
import { refreshesADay, runsAMonth } from './rhythm.ts';
import { planShards, type ShardPlan, shardsNeeded } from './shard-plan.ts';

/** Describes what a fleet needs, costs and risks. Holds no secret. */
export interface FleetPlan {
  tenants: number;
  shards: ShardPlan[];
  shards_needed: number;
  dollars_a_month: Dollars;
  calls_a_month: AwsCalls;
  run_seconds: number;
  clients: ClientTime[];
  limits: LimitShare[];
  /** Tenants that this rhythm lets die, the one that lives shortest first. */
  not_kept_alive: { tenant: string; every_days: number | null }[];
  /** Tenants that hold the same credential. */
  duplicates: string[][];
}

const DAYS_A_MONTH = 365.25 / 12;
/** A run begins, reads and writes for so long whatever it asks. */
const RUN_SECONDS = 3;
const ARCHIVED_BYTES = 2_500;
const KEPT_MONTHS = 400 / DAYS_A_MONTH;
const LOGGED_BYTES = 4_000;

/** Plans a fleet at a rhythm. `now` only chooses the two years whose clocks are looked at. */
export function planFleet(
  fleet: readonly PlannedTenant[],
  rhythm: PlannedRhythm,
  now: Date,
): FleetPlan {
  const shards = planShards(fleet);
  const clients = clientTimes(fleet);
  const full = fullRun(fleet, rhythm, shards.length, clients);
  const fullRuns = runsAMonth(rhythm, now);
  const freshRuns = rhythm.keepFresh ? keepFreshRuns(fleet, full) : [];
  const dry = { calls: callsOfDryRun(full), times: DAYS_A_MONTH };
  const calls = sumCalls([{ calls: callsOfRun(full), times: fullRuns }, dry, ...freshRuns]);
  return {
    tenants: fleet.length,
    shards,
    shards_needed: shardsNeeded(fleet),
    dollars_a_month: dollarsOf(calls, standingOf(fleet, calls, shards.length)),
    calls_a_month: calls,
    run_seconds: full.seconds,
    clients,
    limits: limitShares({
      shards,
      full,
      refreshesADay: refreshesADay(fleet, rhythm),
    }),
    not_kept_alive: notKeptAlive(fleet, rhythm, now),
    duplicates: duplicatesOf(fleet),
  };
}

function fullRun(
  fleet: readonly PlannedTenant[],
  { memoryMb }: PlannedRhythm,
  shards: number,
  clients: readonly ClientTime[],
): RunShape {
  const asked = fleet.filter(({ enabled }) => enabled);
  const changed = asked.filter(({ changes }) => changes);
  return {
    shards,
    asked: asked.length,
    changed: changed.length,
    askedShards: new Set(asked.map(({ shard }) => shard)).size,
    changedShards: new Set(changed.map(({ shard }) => shard)).size,
    seconds: RUN_SECONDS + (clients[0]?.seconds ?? 0),
    memoryMb,
  };
}

/** Half-hourly runs: those in which something is due, and those in which nothing is. */
function keepFreshRuns(fleet: readonly PlannedTenant[], full: RunShape) {
  const runs = 48 * DAYS_A_MONTH;
  const rhythm = { keepFresh: true };
  const asked = (refreshesADay(fleet, rhythm) * DAYS_A_MONTH) / runs;
  const share = Math.min(1, asked / Math.max(1, full.asked));
  const busy = Math.min(1, asked);
  const run: RunShape = {
    ...full,
    asked,
    changed: full.changed * share,
    askedShards: full.askedShards * busy,
    changedShards: full.changedShards * busy,
    seconds: RUN_SECONDS + (full.seconds - RUN_SECONDS) * share,
  };
  return [{ calls: callsOfRun(run), times: runs }];
}

function standingOf(fleet: readonly PlannedTenant[], { lambda, s3_put }: AwsCalls, shards: number) {
  const providers = new Set(fleet.map(({ provider }) => provider)).size;
  const archiveGb = (s3_put * ARCHIVED_BYTES * KEPT_MONTHS) / 1e9;
  return {
    shards,
    providers,
    archiveGb,
    logGb: (lambda * LOGGED_BYTES) / 1e9,
  };
}

function notKeptAlive(
  fleet: readonly PlannedTenant[],
  { expression, timeZone, keepFresh }: PlannedRhythm,
  now: Date,
): FleetPlan['not_kept_alive'] {
  const gapMs = expression === null ? null : longestGapMs({ expression, timeZone }, now);
  const dying = fleet.flatMap(({ tenant, lifeMs, accessLifeS, enabled }) => {
    if (!enabled || lifeMs === null) {
      return [];
    }
    const rotatedAt = now.toISOString();
    const at = (ms: number) => new Date(now.getTime() + ms).toISOString();
    const end = {
      kind: 'refresh_token',
      at: at(lifeMs),
      sliding: true,
      told: false,
    } as const;
    const renewed = { rotatedAt, accessExpiresAt: at(accessLifeS * 1000) };
    const seldom = tooSeldom([end], renewed, { gapMs, keepFresh });
    return seldom ? [{ tenant, every_days: seldom.everyDays }] : [];
  });
  return dying.toSorted((a, b) => (a.every_days ?? 0) - (b.every_days ?? 0));
}

function duplicatesOf(fleet: readonly PlannedTenant[]): string[][] {
  const holders = fleet.filter(({ credential }) => credential !== null);
  const groups = groupBy(holders, ({ credential }) => credential ?? '');
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map(({ tenant }) => tenant));
}
