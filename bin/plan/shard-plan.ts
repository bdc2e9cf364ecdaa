import { groupBy } from '../../lambda/group-by.ts';
import type { PlannedTenant } from './planned-tenant.ts';

/** How full the secrets of one shard are. */
export interface ShardPlan {
  shard: string;
  tenants: number;
  /** Of the fuller of its two secrets. */
  bytes: number;
  /** 0 to 1. */
  fullness: number;
  /** So many more tenants like these have room. */
  room: number;
  /** Says whether it should be split now. */
  split: boolean;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const SECRET_BYTES = 65_536;
/** A map is split before new tokens of its tenants have no room. */
const SPLIT_AT = 0.8;

/** Measures each shard of a fleet, the fullest first. */
export function planShards(fleet: readonly PlannedTenant[]): ShardPlan[] {
  const shards = groupBy(fleet, ({ shard }) => shard);
  return [...shards]
    .map(([shard, tenants]) => measure(shard, tenants))
    .toSorted((a, b) => b.fullness - a.fullness);
}

/** Returns how many shards a fleet needs at least, so that none of them has to be split. */
export function shardsNeeded(fleet: readonly PlannedTenant[]): number {
  return Math.max(1, Math.ceil(bytesOf(fleet) / (SPLIT_AT * SECRET_BYTES)));
}

function measure(shard: string, tenants: readonly PlannedTenant[]): ShardPlan {
  const bytes = bytesOf(tenants);
  const average = bytes / Math.max(1, tenants.length);
  const left = Math.max(0, SPLIT_AT * SECRET_BYTES - bytes);
  const fullness = bytes / SECRET_BYTES;
  return {
    shard,
    tenants: tenants.length,
    bytes,
    fullness,
    room: Math.floor(left / Math.max(1, average)),
    split: fullness >= SPLIT_AT,
  };
}

function bytesOf(tenants: readonly PlannedTenant[]): number {
  const entries = tenants.reduce((sum, { entryBytes }) => sum + entryBytes, 0);
  const tokens = tenants.reduce((sum, { tokenBytes }) => sum + tokenBytes, 0);
  return Math.max(entries, tokens);
}
