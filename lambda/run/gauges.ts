import { clockFactsOf } from '../ahead/clock-facts.ts';
import { endsOf } from '../ahead/ends.ts';
import { marksOf } from '../ahead/tenant-marks.ts';
import { newestToken } from '../history/families.ts';
import { restore } from '../history/restore.ts';
import type { ShardState } from '../history/shard-state.ts';
import { parseShardState } from '../history/stored-state.ts';
import type { VaultRead } from '../keep/shard-run.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { heldIn } from '../map/vault-map.ts';
import { withoutMoved } from '../map/without-moved.ts';
import type { Gauges } from '../outcome.ts';
import { type ShardStates, StoreError } from '../ports.ts';

/** The state of one shard; instants in milliseconds since the epoch. */
export interface ShardGauges {
  shard: string;
  /** Null where no tenant is enabled. Nothing can be too old. */
  lastSuccessAt: number | null;
  nearestExpiryAt: number | null;
  /** The first end that no run moves on. */
  nextEndAt: number | null;
  tokensWaiting: number;
  /** By provider, 0 included. */
  failing: Map<string, number>;
  fullness: number;
}

/**
 * Measures a shard from what a run over it knows at its end; `fullness` is that of the fuller of
 * its secrets, 0 to 1.
 */
export function measureShard(
  shard: string,
  state: ShardState,
  vault: VaultRead,
  fullness: number,
): ShardGauges {
  const map = withoutMoved(vault.map, state.tenants);
  const tenants = [...map.tenants.keys()].map((name) => resolveTenant(name, map));
  const enabled = tenants.filter((tenant) => tenant.enabled);
  const valid = tenants.filter(isTenant);
  const waiting = restore(heldIn(map), state.knowledge).filter(({ put }) => put !== null);
  return {
    shard,
    lastSuccessAt: enabled.length === 0 ? null : lastSuccessOf(state),
    nearestExpiryAt: least(enabled.flatMap(({ name }) => expiryOf(name, state))),
    nextEndAt: least(valid.flatMap((tenant) => fixedEnds(tenant, state))),
    tokensWaiting: waiting.length,
    failing: countFailing(enabled, state),
    fullness,
  };
}

/**
 * Returns the last success of a shard that could not be measured, in milliseconds since the epoch,
 * or null where nothing tells of it. A shard that fails as a whole must not look young.
 */
export async function readLastSuccess(states: ShardStates, shard: string): Promise<number | null> {
  try {
    const stored = await states.read(shard);
    return stored && lastSuccessOf(parseShardState(stored.text));
  } catch (error) {
    if (error instanceof StoreError) {
      return null;
    }
    throw error;
  }
}

/** A shard without a success counts from its state's first write. */
function lastSuccessOf({ last_success_at, created_at }: ShardState): number | null {
  const instant = last_success_at ?? created_at;
  return instant === null ? null : Date.parse(instant);
}

/** Returns when a tenant's newest token ends. Nothing where it has no token, or no end. */
function expiryOf(tenant: string, { knowledge }: ShardState): number[] {
  const token = newestToken(knowledge, tenant);
  if (!token || token.expires_at === null) {
    return [];
  }
  return [Date.parse(token.expires_at)];
}

/** Counts the failing tenants of each provider, also where there are none. */
function countFailing(
  tenants: readonly (Tenant | InvalidTenant)[],
  state: ShardState,
): Map<string, number> {
  const failing = new Map<string, number>();
  for (const tenant of tenants) {
    const isFailing = Boolean(state.tenants.get(tenant.name)?.error);
    addTo(failing, providerOf(tenant), Number(isFailing));
  }
  return failing;
}

function providerOf(tenant: Tenant | InvalidTenant): string {
  return isTenant(tenant) ? tenant.provider.id : (tenant.provider ?? 'unknown');
}

function addTo(counts: Map<string, number>, key: string, more: number): void {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + more);
}

/** A tenant that fails, or is paused, is not renewed. Its end stays where it is. */
function fixedEnds(tenant: Tenant, state: ShardState): number[] {
  const marks = marksOf(state, tenant.name);
  const isRenewed = tenant.enabled && marks.error === null;
  const ends = endsOf(clockFactsOf(tenant, marks));
  return ends.filter(({ sliding }) => !(sliding && isRenewed)).map(({ at }) => Date.parse(at));
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/**
 * Merges the gauges of the shards of a run, and the last successes of those that could not be
 * measured. `now` is in milliseconds since the epoch.
 */
export function mergeGauges(
  shards: readonly ShardGauges[],
  unmeasured: readonly number[],
  now: number,
): Gauges {
  const valuesOf = (key: 'lastSuccessAt' | 'nearestExpiryAt' | 'nextEndAt') =>
    shards.flatMap((shard) => shard[key] ?? []);
  const leastOf = (key: 'nearestExpiryAt' | 'nextEndAt') => least(valuesOf(key));
  const oldest = least([...valuesOf('lastSuccessAt'), ...unmeasured]);
  const nearest = leastOf('nearestExpiryAt');
  const nextEnd = leastOf('nextEndAt');
  const failing = new Map<string, number>();
  for (const shard of shards) {
    for (const [provider, count] of shard.failing) {
      addTo(failing, provider, count);
    }
  }
  return {
    seconds_since_last_success: oldest === null ? null : Math.round((now - oldest) / SECOND_MS),
    seconds_to_nearest_expiry: nearest === null ? null : Math.round((nearest - now) / SECOND_MS),
    tokens_waiting: shards.reduce((sum, { tokensWaiting }) => sum + tokensWaiting, 0),
    failing_tenants: [...failing].map(([provider, count]) => ({ provider, count })),
    fullness: shards.map(({ shard, fullness }) => ({ shard, ratio: fullness })),
    days_to_next_end: nextEnd === null ? null : Math.floor((nextEnd - now) / DAY_MS),
  };
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}
