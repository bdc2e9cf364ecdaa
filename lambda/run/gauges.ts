import { clockFactsOf } from '../ahead/clock-facts.ts';
import { endsOf } from '../ahead/ends.ts';
import { marksOf } from '../ahead/tenant-marks.ts';
import { newestToken } from '../history/families.ts';
import { restore } from '../history/restore.ts';
import type { ShardState } from '../history/shard-state.ts';
import type { VaultRead } from '../keep/shard-run.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { heldIn } from '../map/vault-map.ts';
import type { Gauges } from '../outcome.ts';

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
  const tenants = [...vault.map.tenants.keys()].map((name) => resolveTenant(name, vault.map));
  const enabled = tenants.filter((tenant) => tenant.enabled);
  const expiries = enabled.flatMap(
    ({ name }) => newestToken(state.knowledge, name)?.expires_at ?? [],
  );
  const ends = tenants.filter(isTenant).flatMap((tenant) => fixedEnds(tenant, state));
  const waiting = restore(heldIn(vault.map), state.knowledge).filter(({ put }) => put !== null);
  const lastSuccess = state.last_success_at ?? state.created_at;
  return {
    shard,
    lastSuccessAt: enabled.length === 0 ? null : instantOf(lastSuccess),
    nearestExpiryAt: least(expiries.map((at) => Date.parse(at))),
    nextEndAt: least(ends),
    tokensWaiting: waiting.length,
    failing: countFailing(enabled, state),
    fullness,
  };
}

/** Counts the failing tenants of each provider, also where there are none. */
function countFailing(
  tenants: readonly (Tenant | InvalidTenant)[],
  state: ShardState,
): Map<string, number> {
  const failing = new Map<string, number>();
  for (const tenant of tenants) {
    const provider = isTenant(tenant) ? tenant.provider.id : (tenant.provider ?? 'unknown');
    const isFailing = Boolean(state.tenants.get(tenant.name)?.error);
    failing.set(provider, (failing.get(provider) ?? 0) + Number(isFailing));
  }
  return failing;
}

/** A tenant that fails, or is paused, is not renewed. Its end stays where it is. */
function fixedEnds(tenant: Tenant, state: ShardState): number[] {
  const marks = marksOf(state, tenant.name);
  const isRenewed = tenant.enabled && marks.error === null;
  const ends = endsOf(clockFactsOf(tenant, marks));
  return ends.filter(({ sliding }) => !(sliding && isRenewed)).map(({ at }) => Date.parse(at));
}

/** A shard without a success counts from its state's first write. */
function instantOf(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

/** The gauges of a run over several shards. */
export function mergeGauges(shards: readonly ShardGauges[], now: number): Gauges {
  const oldest = least(shards.flatMap(({ lastSuccessAt }) => lastSuccessAt ?? []));
  const nearest = least(shards.flatMap(({ nearestExpiryAt }) => nearestExpiryAt ?? []));
  const nextEnd = least(shards.flatMap(({ nextEndAt }) => nextEndAt ?? []));
  const failing = new Map<string, number>();
  for (const shard of shards)
    for (const [provider, count] of shard.failing)
      failing.set(provider, (failing.get(provider) ?? 0) + count);
  return {
    seconds_since_last_success: oldest === null ? null : Math.round((now - oldest) / 1000),
    seconds_to_nearest_expiry: nearest === null ? null : Math.round((nearest - now) / 1000),
    tokens_waiting: shards.reduce((sum, { tokensWaiting }) => sum + tokensWaiting, 0),
    failing_tenants: [...failing].map(([provider, count]) => ({ provider, count })),
    fullness: shards.map(({ shard, fullness }) => ({ shard, ratio: fullness })),
    days_to_next_end: nextEnd === null ? null : Math.floor((nextEnd - now) / 86_400_000),
  };
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}
