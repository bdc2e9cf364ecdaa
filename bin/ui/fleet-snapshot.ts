import pLimit from 'p-limit';
import {
  fleetTenantsOf,
  type FleetTenant as KnownTenant,
} from '../../lambda/ahead/fleet-tenant.ts';
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
import { type ExplainedStatus, explainStatus } from '../operations/explain-status.ts';
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
  /** Those that fail, with why. */
  explained: ExplainedStatus[];
}

const WAITING: ReadonlySet<string> = new Set(['new', 'expired', 'moved', 'throttled']);

/**
 * Describes what was read of a shard, by what it was read from, so that it is not worked out again.
 */
export interface SnapshotMemory {
  shards: Map<string, { from: string; known: KnownShard }>;
  explained: { from: string; explained: ExplainedStatus[] } | null;
}

/** Returns a memory of nothing. */
export function newMemory(): SnapshotMemory {
  return { shards: new Map(), explained: null };
}

const AT_ONCE = 16;
const MINUTE_MS = 60_000;

/**
 * Reads maps, states and what runs have archived. Throws StoreError where shards are not listed.
 */
export async function readSnapshot(
  ports: RunPorts,
  memory: SnapshotMemory = newMemory(),
): Promise<FleetSnapshot> {
  const shards = await ports.vault.shards();
  const at = ports.clock.now();
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(
    shards.map((shard) => limit(() => readShard(ports, shard, at, memory))),
  );
  return {
    at,
    tenants: read.flatMap(({ known }) => known.tenants),
    shards: read.map(({ shard }) => shard),
    explained: await explainOnce(ports, read, memory),
  };
}

/** Describes what is worked out of a shard's map and state. */
interface KnownShard {
  tenants: FleetTenant[];
  statuses: TenantStatus[];
  fleet: KnownTenant[];
}

interface ReadShard {
  shard: FleetShard;
  known: KnownShard;
  /** Names what was read. */
  written: string;
}

/** The pages show failures without a cause where the archive cannot be read. */
async function explainOnce(
  ports: RunPorts,
  read: readonly ReadShard[],
  memory: SnapshotMemory,
): Promise<ExplainedStatus[]> {
  const from = JSON.stringify(read.map(({ written }) => written));
  if (memory.explained?.from === from) return memory.explained.explained;
  const statuses = read.flatMap(({ known }) => known.statuses);
  const fleet = read.flatMap(({ known }) => known.fleet);
  try {
    const explained = await explainStatus(ports, statuses, fleet);
    memory.explained = { from, explained };
    return explained;
  } catch {
    const failing = statuses.filter(({ error }) => error !== null);
    return failing.map((status) => ({ status, causes: [] }));
  }
}

/** A shard that cannot be read says so, and the others are shown. */
async function readShard(
  ports: RunPorts,
  name: string,
  now: number,
  memory: SnapshotMemory,
): Promise<ReadShard> {
  try {
    const [version, stored] = await Promise.all([ports.vault.read(name), ports.states.read(name)]);
    const state = stored ? parseShardState(stored.text) : newShardState();
    // A token that ends changes its tenant's state, though nothing was written.
    const minute = Math.floor(now / MINUTE_MS);
    const written = `${version?.versionId} ${stored?.etag}`;
    const from = `${written} ${minute}`;
    const remembered = memory.shards.get(name);
    const known =
      remembered?.from === from
        ? remembered.known
        : knownOf(name, parseVaultMap(version === null ? null : version.text), state, now);
    memory.shards.set(name, { from, known });
    const isHeld = state.lease !== null && Date.parse(state.lease.expires_at) > now;
    const run = isHeld ? { answers: await countAnswers(ports, name, state.turn) } : null;
    const { last_success_at } = state;
    return { shard: { shard: name, readable: true, last_success_at, run }, known, written };
  } catch {
    const shard = { shard: name, readable: false, last_success_at: null, run: null };
    return { shard, known: { tenants: [], statuses: [], fleet: [] }, written: '' };
  }
}

function knownOf(shard: string, map: VaultMap, state: ShardState, now: number): KnownShard {
  const statuses = statusOfShard(shard, map, state, now);
  const tenants = statuses.map((status) => toFleetTenant(status, map));
  return { tenants, statuses, fleet: fleetTenantsOf(shard, map, state) };
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
