import { readExchange } from '../../lambda/exchange/archived-entry.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { type ArchivedExchange, parseExchangeKey } from '../../lambda/history/archived-exchange.ts';
import { isSent } from '../../lambda/history/families.ts';
import type { ShardState } from '../../lambda/history/shard-state.ts';
import { parseShardState } from '../../lambda/history/stored-state.ts';
import type { Outcome } from '../../lambda/outcome.ts';
import type { Tagged } from '../../lambda/ports.ts';
import { remembered } from '../../lambda/remembered.ts';
import type { Damage } from '../fakes/damage.ts';
import { createMemoryWorld, type Effect, type MemoryWorld } from '../fakes/memory-ports.ts';
import { createSimulatedClock, type SimulatedClock } from '../fakes/simulated-clock.ts';
import type { Weather } from './schedule.ts';
import { createServers, type Servers, tokensIn } from './servers.ts';

export const SHARDS = ['x', 'y'] as const;
export type Shard = (typeof SHARDS)[number];

export type Entry = Record<string, unknown>;
export interface Map_ {
  version: 1;
  tenants: Record<string, Entry>;
}

/** One function's invocation. */
export interface Process {
  id: number;
  shard: Shard;
  isDead: boolean;
  frozenUntil: number;
  endsAt: number;
  /** By how much its wall clock is ahead of the time. */
  clockIsOffMs: number;
  /** Refresh tokens that it was answered with. */
  answers: Set<string>;
  /** Codes that it has marked, and so may have sent. Nobody else sends them. */
  marks: Set<string>;
  /** Called when it has swapped the map of a shard, of an operator's command. */
  onSwap?: (shard: Shard, before: Map_, after: Map_) => void;
}

/** The operator's command that moves tenants to the other shard. */
export interface Split {
  source: Shard;
  target: Shard;
  tenants: readonly string[];
}

/** A port that answers nobody, or nobody with our rights. */
export interface Outage {
  /** In milliseconds since the epoch. */
  until: number;
  reason: 'unavailable' | 'denied';
}

/** Everything that runs touch, and what only the model can know of it. */
export interface World {
  memory: MemoryWorld;
  clock: SimulatedClock;
  servers: Servers;
  weather: Weather;
  /** The wall clock of each process is off by at most so much. */
  clocksOffMs: number;
  processes: Process[];
  outages: Map<Effect['port'], Outage>;
  /** What can be read no more, by its place. */
  damaged: Map<string, Damage>;
  /** Every version that a shard's state ever had. */
  stateVersions: Record<Shard, (Tagged & { at: number })[]>;
  /** Tokens that archive or vault have acknowledged. */
  durable: Set<string>;
  /** Tokens that the archive has had. */
  archived: Set<string>;
  /** When each credential was issued last, in milliseconds since the epoch. */
  issuedAt: Map<string, number>;
  /** When an object was first offered to the archive, by its key. */
  offeredAt: Map<string, number>;
  /** Which shard has filed something of a grant for a tenant, as `shard/tenant/grant`. */
  filedFor: Set<string>;
  /** The grant that the archive says a tenant joined last, by `shard/tenant`. */
  joinedLast: Map<string, { grant: string; joined: string }>;
  /** Codes that a state or the archive says were sent. */
  marked: Set<string>;
  /** Splits that were begun, and did not come to their end. */
  splitsBegun: Split[];
  /** Versions of the vaults that an operator saved. */
  savedByOperator: Set<string>;
  /** The grant that the operator last wanted for a tenant. Null where it cannot be said. */
  wanted: Record<Shard, Map<string, string | null>>;
  /** What was last wanted for tenants that are gone. */
  lastWanted: Record<Shard, Map<string, string | null>>;
  /** The exchanges that objects of the archive hold, by their texts. */
  exchanges: Map<string, ArchivedExchange>;
  /** What a shard's state said when it was last read here. */
  states: Map<string, { text: string; state: ShardState }>;
  /** When the archive last got an object, by its key. */
  putAt: Map<string, number>;
  /** When a run for all tenants of the shard last came to its end. */
  lastWholeRunAt: Record<Shard, number>;
  lastOutcomes: Record<Shard, readonly Outcome[]>;
  violations: string[];
  log: string[];
}

export function createWorld(weather: Weather): World {
  const clock = createSimulatedClock();
  const memory = createMemoryWorld(clock, SHARDS);
  memory.vault.maxVersionsADay = 100_000;
  memory.accessTokens.maxVersionsADay = 100_000;
  const perShard = <T>(make: () => T) => ({ x: make(), y: make() });
  return {
    memory,
    clock,
    servers: createServers(clock.now),
    weather,
    clocksOffMs: 0,
    processes: [],
    outages: new Map(),
    damaged: new Map(),
    stateVersions: perShard(() => []),
    durable: new Set(),
    archived: new Set(),
    issuedAt: new Map(),
    offeredAt: new Map(),
    filedFor: new Set(),
    joinedLast: new Map(),
    marked: new Set(),
    splitsBegun: [],
    savedByOperator: new Set(),
    wanted: perShard(() => new Map()),
    lastWanted: perShard(() => new Map()),
    exchanges: new Map(),
    states: new Map(),
    putAt: new Map(),
    lastWholeRunAt: perShard(() => Number.NEGATIVE_INFINITY),
    lastOutcomes: perShard(() => []),
    violations: [],
    log: [],
  };
}

export function note({ log, clock }: World, text: string): void {
  log.push(`${new Date(clock.now()).toISOString().slice(5, 23)} ${text}`);
}

export function readMap({ memory }: World, shard: Shard): Map_ {
  return JSON.parse(memory.vault.text(shard));
}

/** Takes note of what an effect has made durable. */
export function noteEffect(world: World, { port, op, on }: Effect): void {
  if (port === 'archive' && (op === 'put' || op === 'create')) {
    noteArchived(world, on);
  }
  if (port === 'vault' && op === 'move_label') {
    for (const token of tokensIn(world.memory.vault.text(on))) {
      world.durable.add(token);
    }
  }
  const state = port === 'states' && op === 'write' ? world.memory.states.get(on) : undefined;
  const versions = world.stateVersions[on as Shard];
  if (state && versions.at(-1)?.etag !== state.etag) {
    versions.push({ ...state, at: world.clock.now() });
  }
}

/**
 * Returns the exchange that an object of the archive holds, or undefined. Reads each text once. The
 * product wrote it, and checks its form wherever it reads it itself.
 */
export function exchangeIn(
  { exchanges }: World,
  key: string,
  text: string,
): ArchivedExchange | undefined {
  if (!parseExchangeKey(key)) {
    return undefined;
  }
  return remembered(exchanges, text, () => JSON.parse(text) as ArchivedExchange);
}

/** Returns what the state of a shard says now. Reads its text once. */
export function stateIn({ memory, states }: World, shard: string): ShardState {
  const { text } = memory.states.get(shard) ?? { text: '' };
  const known = states.get(shard);
  if (known?.text === text) {
    return known.state;
  }
  const state = parseShardState(text);
  states.set(shard, { text, state });
  return state;
}

function noteArchived(world: World, key: string): void {
  const text = world.memory.objects.get(key);
  if (text === undefined) {
    return;
  }
  world.putAt.set(key, world.clock.now());
  const place = parseExchangeKey(key);
  const exchange = exchangeIn(world, key, text);
  if (!place || !exchange) {
    return;
  }
  const offeredAt = world.offeredAt.get(key) ?? 0;
  for (const token of tokensIn(exchange.body)) {
    // An earlier issue of the same token that lands late says nothing of the newest.
    if (offeredAt < (world.issuedAt.get(token) ?? 0)) {
      continue;
    }
    world.durable.add(token);
    world.archived.add(token);
    const { id = '' } = world.servers.grantOf(token) ?? {};
    world.filedFor.add(`${place.shard}/${place.tenant}/${id}`);
    noteJoined(world, `${place.shard}/${place.tenant}`, id, exchange.succession?.joined ?? '');
  }
}

function noteJoined({ joinedLast }: World, name: string, grant: string, joined: string): void {
  const known = joinedLast.get(name);
  if (!known || joined >= known.joined) {
    joinedLast.set(name, { grant, joined });
  }
}

/** Answers of a process that are stored nowhere. */
export function undurableOf({ durable }: World, { answers }: Process): string[] {
  return [...answers].filter((token) => !durable.has(token));
}

/**
 * Excuses what a process holds that is stored nowhere, and codes that it marked and did not send:
 * the named window.
 */
export function excuseWindow(world: World, process: Process, why: string): void {
  for (const token of undurableOf(world, process)) {
    world.servers.excuse(token, why);
  }
  for (const code of process.marks) {
    if (world.servers.grantOf(code)?.code === code) {
      world.servers.excuse(code, why);
    }
  }
}

/** Takes note of codes that a process has marked or unmarked by this effect. */
export function noteMarks(world: World, process: Process, { port, on }: Effect): void {
  if (port !== 'states' && port !== 'archive') {
    return;
  }
  const codes = [...world.servers.grants.values()].flatMap(({ code }) => code ?? []);
  if (codes.length === 0) {
    return;
  }
  const prints = codes.map((code) => fingerprint(code));
  const marks = port === 'states' ? marksInState(world, on, prints) : marksInArchive(world, on);
  for (const [index, code] of codes.entries()) {
    const said = marks.get(prints[index] ?? '');
    if (said === 'marked' && !world.marked.has(code)) {
      process.marks.add(code);
    }
    if (said === 'marked') {
      world.marked.add(code);
    }
    if (said !== 'unmarked') {
      continue;
    }
    world.marked.delete(code);
    process.marks.delete(code);
  }
}

/** What is said of codes, by their fingerprints. */
type Marks = ReadonlyMap<string, 'marked' | 'unmarked'>;

function marksInState(world: World, shard: string, prints: readonly string[]): Marks {
  const text = world.memory.states.get(shard)?.text ?? '';
  const named = prints.filter((print) => text.includes(print));
  if (named.length === 0) {
    return new Map();
  }
  const { knowledge } = stateIn(world, shard);
  const known = named.filter((print) => knowledge.codes.has(print));
  return new Map(
    known.map((print) => [print, isSent(knowledge, print) ? 'marked' : 'unmarked'] as const),
  );
}

function marksInArchive(world: World, key: string): Marks {
  const exchange = exchangeIn(world, key, world.memory.objects.get(key) ?? 'null');
  if (!exchange?.spent) {
    return new Map();
  }
  const { kind, unsent } = readExchange(key, exchange).entry;
  if (kind === 'marked') {
    return new Map([[exchange.spent, kind]]);
  }
  return new Map(unsent ? [[exchange.spent, 'unmarked']] : []);
}

/** Whether the archive has filed something of a token's grant for this tenant of this shard. */
export function isFiledFor(world: World, shard: Shard, tenant: string, token: string): boolean {
  const { id = '' } = world.servers.grantOf(token) ?? {};
  return world.filedFor.has(`${shard}/${tenant}/${id}`);
}

/** Whether the archive says that this tenant joined a token's grant last. */
export function isJoinedLast(world: World, shard: Shard, tenant: string, token: string): boolean {
  return world.joinedLast.get(`${shard}/${tenant}`)?.grant === world.servers.grantOf(token)?.id;
}
