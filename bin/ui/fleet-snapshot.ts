import pLimit from 'p-limit';
import { shardPrefix } from '../../lambda/history/archived-exchange.ts';
import {
  newShardState,
  parseShardState,
  type ShardState,
} from '../../lambda/history/shard-state.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { traitsOf } from '../../lambda/map/tenant-filter.ts';
import { parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { statusOfShard, type TenantStatus } from '../operations/fleet-status.ts';

/** Four kinds of state: colours tell them apart, and words say which one it is. */
export type StateKind = 'good' | 'waiting' | 'bad' | 'off';

/** A tenant as the pages show it. Holds no secret. */
export interface FleetTenant {
  tenant: string;
  title: string | null;
  shard: string;
  provider: string | null;
  tags: readonly string[];
  state: TenantStatus['state'];
  kind: StateKind;
  expires_at: string | null;
  rotated_at: string | null;
  failing_since: string | null;
  next_step: string | null;
  /** Says what a search looks at, in small letters. */
  searched: string;
}

/** A shard as the pages show it. */
export interface FleetShard {
  shard: string;
  readable: boolean;
  last_success_at: string | null;
  /** A run that holds the shard now, and how many answers it has archived. */
  run: { answers: number } | null;
}

/** The whole fleet at one instant. */
export interface FleetSnapshot {
  at: number;
  tenants: FleetTenant[];
  shards: FleetShard[];
}

const WAITING: ReadonlySet<string> = new Set(['new', 'expired', 'moved', 'throttled']);

/**
 * Describes what was read of a shard, by what it was read from, so that it is not worked out again.
 */
export type ShardMemory = Map<string, { from: string; tenants: FleetTenant[] }>;

const AT_ONCE = 16;
const MINUTE_MS = 60_000;

/**
 * Reads maps, states and what runs have archived. Throws StoreError where shards are not listed.
 */
export async function readSnapshot(
  ports: RunPorts,
  memory: ShardMemory = new Map(),
): Promise<FleetSnapshot> {
  const shards = await ports.vault.shards();
  const at = ports.clock.now();
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(
    shards.map((shard) => limit(() => readShard(ports, shard, at, memory))),
  );
  return {
    at,
    tenants: read.flatMap(({ tenants }) => tenants),
    shards: read.map(({ shard }) => shard),
  };
}

interface ReadShard {
  shard: FleetShard;
  tenants: FleetTenant[];
}

/** A shard that cannot be read says so, and the others are shown. */
async function readShard(
  ports: RunPorts,
  name: string,
  now: number,
  memory: ShardMemory,
): Promise<ReadShard> {
  try {
    const [version, stored] = await Promise.all([ports.vault.read(name), ports.states.read(name)]);
    const state = stored ? parseShardState(stored.text) : newShardState();
    // A token that ends changes its tenant's state, though nothing was written.
    const minute = Math.floor(now / MINUTE_MS);
    const from = `${version?.versionId} ${stored?.etag} ${minute}`;
    const known = memory.get(name);
    const tenants =
      known?.from === from
        ? known.tenants
        : tenantsOf(name, parseVaultMap(version === null ? null : version.text), state, now);
    memory.set(name, { from, tenants });
    const isHeld = state.lease !== null && Date.parse(state.lease.expires_at) > now;
    const run = isHeld ? { answers: await countAnswers(ports, name, state.turn) } : null;
    const { last_success_at } = state;
    return { shard: { shard: name, readable: true, last_success_at, run }, tenants };
  } catch {
    const shard = { shard: name, readable: false, last_success_at: null, run: null };
    return { shard, tenants: [] };
  }
}

function tenantsOf(shard: string, map: VaultMap, state: ShardState, now: number): FleetTenant[] {
  return statusOfShard(shard, map, state, now).map((status) => toFleetTenant(status, map));
}

async function countAnswers({ archive }: RunPorts, shard: string, turn: number): Promise<number> {
  const prefix = `${shardPrefix(shard)}${String(turn).padStart(8, '0')}-`;
  return (await archive.list(prefix).catch(() => [])).length;
}

function toFleetTenant(status: TenantStatus, map: VaultMap): FleetTenant {
  const { tenant, shard, provider, state, expires_at, rotated_at } = status;
  const resolved = resolveTenant(tenant, map);
  const title = isTenant(resolved) ? resolved.title : null;
  const { tags } = traitsOf(tenant, map);
  return {
    tenant,
    title,
    shard,
    provider,
    tags,
    state,
    kind: kindOf(state),
    expires_at,
    rotated_at,
    failing_since: status.failing_since,
    next_step: status.next_step,
    searched: `${tenant} ${title ?? ''} ${tags.join(' ')}`.toLowerCase(),
  };
}

function kindOf(state: TenantStatus['state']): StateKind {
  if (state === 'ok') return 'good';
  if (state === 'disabled') return 'off';
  return WAITING.has(state) ? 'waiting' : 'bad';
}
