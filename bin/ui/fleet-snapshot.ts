import pLimit from 'p-limit';
import type { End } from '../../lambda/ahead/ends.ts';
import {
  fleetTenantsOf,
  type FleetTenant as KnownTenant,
} from '../../lambda/ahead/fleet-tenant.ts';
import { shardPrefix } from '../../lambda/history/archived-exchange.ts';
import { newShardState, type ShardState } from '../../lambda/history/shard-state.ts';
import { parseShardState } from '../../lambda/history/stored-state.ts';
import { parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import { compareNaturally } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import { type ExplainedStatus, explainStatus } from '../status/explain-status.ts';
import { statusOfShard, type TenantStatus } from '../status/fleet-status.ts';
import { type OpenLink, progressText, readOpenLinks } from '../status/read-open-links.ts';
import { withOpenLinks } from '../status/with-open-links.ts';

/** Four kinds of state: colours tell them apart, and words say which one it is. */
export type StateKind = 'good' | 'waiting' | 'bad' | 'off';

/** What needs somebody comes first. */
export const KIND_RANK: Record<StateKind, number> = {
  bad: 0,
  waiting: 1,
  good: 2,
  off: 3,
};

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
  /** Why it fails, in the words of a run. */
  message: string | null;
  next_step: string | null;
  /** The first thing that ends and that no run moves on, such as a consent. */
  end: End | null;
  /** Says how far the client of its open connect link has come. */
  invited: string | null;
  /** Hash of the account that its newest consent came from. */
  account: string | null;
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
  /** By name. The same list, where nothing was read again. */
  tenants: readonly FleetTenant[];
  shards: FleetShard[];
  /** Those that fail, with why. */
  explained: ExplainedStatus[];
}

const WAITING: ReadonlySet<string> = new Set(['new', 'invited', 'expired', 'moved', 'throttled']);

/**
 * Describes what was read of a shard, by what it was read from, so that it is not worked out again.
 */
export interface SnapshotMemory {
  shards: Map<string, RememberedShard>;
  explained: { from: string; explained: ExplainedStatus[] } | null;
  links: { readAt: number; open: ReadonlyMap<string, OpenLink> } | null;
  tenants: { from: readonly object[]; sorted: readonly FleetTenant[] } | null;
}

/** Links are many objects. They are read again after so long. */
const LINKS_FRESH_MS = 30_000;

/** Describes a shard's part, and what it was read and worked out from. */
interface RememberedShard {
  written: string;
  state: ShardState;
  from: string;
  known: KnownShard;
}

/** Returns a memory of nothing. */
export function newMemory(): SnapshotMemory {
  return {
    shards: new Map(),
    explained: null,
    links: null,
    tenants: null,
  };
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
  const read = await pLimit(AT_ONCE).map(shards, (shard) => readShard(ports, shard, at, memory));
  const links = await readLinks(ports, at, memory);
  return {
    at,
    tenants: sortOnce(read, links, memory),
    shards: read.map(({ shard }) => shard),
    explained: await explainOnce(ports, { read, links }, memory),
  };
}

/** Links that cannot be read hide nothing else. */
async function readLinks(
  ports: RunPorts,
  now: number,
  memory: SnapshotMemory,
): Promise<ReadonlyMap<string, OpenLink>> {
  const known = memory.links;
  if (known && now - known.readAt < LINKS_FRESH_MS) {
    return known.open;
  }
  const open = await readOpenLinks(ports).catch(() => new Map<string, OpenLink>());
  // The same links are no news.
  const isSame = JSON.stringify([...open]) === JSON.stringify([...(known?.open ?? [])]);
  memory.links = { readAt: now, open: known && isSame ? known.open : open };
  return memory.links.open;
}

function sortOnce(
  read: readonly ReadShard[],
  links: ReadonlyMap<string, OpenLink>,
  memory: SnapshotMemory,
): readonly FleetTenant[] {
  const from = [links, ...read.map(({ known }) => known.statuses)];
  const before = memory.tenants;
  const isSame =
    before?.from.length === from.length && from.every((one, i) => one === before.from[i]);
  if (before && isSame) {
    return before.sorted;
  }
  const statuses = read.flatMap(({ known }) => known.statuses);
  const tenants = withOpenLinks(statuses, links).map(toFleetTenant);
  const sorted = tenants.sort((a, b) => compareNaturally(a.tenant, b.tenant));
  memory.tenants = { from, sorted };
  return sorted;
}

/** Describes what is worked out of a shard's map and state. */
interface KnownShard {
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
  { read, links }: { read: readonly ReadShard[]; links: ReadonlyMap<string, OpenLink> },
  memory: SnapshotMemory,
): Promise<ExplainedStatus[]> {
  const from = JSON.stringify([read.map(({ written }) => written), [...links]]);
  if (memory.explained?.from === from) {
    return memory.explained.explained;
  }
  const statuses = withOpenLinks(
    read.flatMap(({ known }) => known.statuses),
    links,
  );
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
    const written = `${version?.versionId} ${stored?.etag}`;
    const remembered = memory.shards.get(name);
    const state = remembered?.written === written ? remembered.state : parseState(stored?.text);
    // A token that ends changes its tenant's state, though nothing was written.
    const minute = Math.floor(now / MINUTE_MS);
    const from = `${written} ${minute}`;
    const known =
      remembered?.from === from
        ? remembered.known
        : knownOf(name, parseVaultMap(version === null ? null : version.text), state, now);
    memory.shards.set(name, {
      written,
      state,
      from,
      known,
    });
    const isHeld = state.lease !== null && Date.parse(state.lease.expires_at) > now;
    const run = isHeld ? { answers: await countAnswers(ports, name, state.turn) } : null;
    const { last_success_at } = state;
    return {
      shard: {
        shard: name,
        readable: true,
        last_success_at,
        run,
      },
      known,
      written,
    };
  } catch {
    const shard = {
      shard: name,
      readable: false,
      last_success_at: null,
      run: null,
    };
    return { shard, known: { statuses: [], fleet: [] }, written: '' };
  }
}

function parseState(text: string | undefined): ShardState {
  return text === undefined ? newShardState() : parseShardState(text);
}

function knownOf(shard: string, map: VaultMap, state: ShardState, now: number): KnownShard {
  const statuses = statusOfShard(shard, map, state, now);
  return { statuses, fleet: fleetTenantsOf(shard, map, state) };
}

async function countAnswers({ archive }: RunPorts, shard: string, turn: number): Promise<number> {
  const prefix = `${shardPrefix(shard)}${String(turn).padStart(8, '0')}-`;
  return (await archive.list(prefix).catch(() => [])).length;
}

function toFleetTenant(status: TenantStatus): FleetTenant {
  const { tenant, title, tags, state, link, error } = status;
  return {
    ...pick(status),
    kind: kindOf(state),
    message: error?.message ?? null,
    end: status.ends.find(({ sliding }) => !sliding || state !== 'ok') ?? null,
    invited: link && `until ${dayText(link.until)}, ${progressText(link)}`,
    searched: `${tenant} ${title ?? ''} ${tags.join(' ')}`.toLowerCase(),
  };
}

function pick(status: TenantStatus) {
  const { tenant, title, shard, provider, tags, state, account } = status;
  const { expires_at, rotated_at, failing_since, next_step } = status;
  const facts = {
    expires_at,
    rotated_at,
    failing_since,
    next_step,
    account,
  };
  return {
    tenant,
    title,
    shard,
    provider,
    tags,
    state,
    ...facts,
  };
}

/** Returns which kind a state is of. */
export function kindOf(state: TenantStatus['state']): StateKind {
  if (state === 'ok') {
    return 'good';
  }
  if (state === 'disabled') {
    return 'off';
  }
  return WAITING.has(state) ? 'waiting' : 'bad';
}
