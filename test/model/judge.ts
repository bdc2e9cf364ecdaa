import { readExchange } from '../../lambda/exchange/archived-entry.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { shardPrefix } from '../../lambda/history/archived-exchange.ts';
import { type Knowledge, newKnowledge } from '../../lambda/history/families.ts';
import {
  isRootRecord,
  type KnownRecord,
  knownKey,
  parseKnownRecord,
} from '../../lambda/history/known-record.ts';
import { learn } from '../../lambda/history/learn.ts';
import { addExcused, type Excused } from '../fakes/excuses.ts';
import type { Random } from './random.ts';
import { type Grant, nameOf } from './servers.ts';
import {
  type Entry,
  exchangeIn,
  readMap,
  SHARDS,
  type Shard,
  stateIn,
  type World,
} from './world.ts';

/** What is left after a schedule, by credential. */
export interface Verdict {
  /** Tenants that hold a credential that nobody accepts. */
  lost: string[];
  /** Spent credentials that were sent. */
  replays: string[];
  /** Tenants that hold a live credential of another consent than the operator wanted. */
  editsLost: string[];
  /** Families whose current credential another order of reading would change. */
  rebuilt: string[];
  violations: string[];
  /** How many credentials were judged. */
  judged: number;
  /** Credentials that were not judged, by reason. */
  excused: Map<string, Excused>;
}

/** Judges every credential that stands in a map. */
export function judge(world: World, random: Random): Verdict {
  const verdict: Verdict = {
    lost: [],
    replays: world.servers.replays,
    editsLost: [],
    rebuilt: [],
    violations: world.violations,
    judged: 0,
    excused: new Map(),
  };
  for (const shard of SHARDS) {
    verdict.rebuilt.push(...rebuiltDifferently(world, shard, random));
    for (const [name, entry] of Object.entries(readMap(world, shard).tenants)) {
      judgeTenant(world, { shard, name, entry }, verdict);
    }
  }
  return verdict;
}

interface Standing {
  shard: Shard;
  name: string;
  entry: Entry;
}

function judgeTenant(world: World, standing: Standing, verdict: Verdict): void {
  const { shard, name, entry } = standing;
  const token = nameOf(entry.refresh_token);
  if (token === null) {
    return;
  }
  const label = `${shard}/${name} holds ${token}`;
  const excuse = excuseFor(world, standing, token);
  if (excuse !== null) {
    const lost = world.servers.isAlive(token) ? 0 : 1;
    addExcused(verdict.excused, new Map([[excuse, { credentials: 1, lost }]]));
    return;
  }
  verdict.judged += 1;
  const wanted = world.wanted[shard].get(name) ?? null;
  if (!world.servers.isAlive(token)) {
    verdict.lost.push(label);
  } else if (wanted !== null && isEditLost(world, shard, token, wanted)) {
    verdict.editsLost.push(`${label}, wanted ${wanted}`);
  }
}

function isEditLost(world: World, shard: Shard, token: string, wanted: string): boolean {
  const grant = world.servers.grants.get(wanted);
  if (world.servers.grantOf(token) === grant || grant?.excusedBy !== null) {
    return false;
  }
  return !holdersElsewhere(world, shard).some((one) => world.servers.grantOf(one) === grant);
}

function holdersElsewhere(world: World, shard: Shard): string[] {
  const other = shard === 'x' ? 'y' : 'x';
  const entries = Object.values(readMap(world, other).tenants);
  return entries.flatMap((entry) => nameOf(entry.refresh_token) ?? []);
}

/** Whether a tenant of the other shard holds a live credential of the same consent. */
function livesBeyond(world: World, shard: Shard, token: string): boolean {
  const { grantOf, isAlive } = world.servers;
  return holdersElsewhere(world, shard).some(
    (other) => grantOf(other) === grantOf(token) && isAlive(other),
  );
}

/** Returns why the promise does not reach this credential, or null. */
function excuseFor(world: World, standing: Standing, token: string): string | null {
  const { shard, name, entry } = standing;
  const grant = world.servers.grantOf(token);
  if (grant?.excusedBy && !hasLandedLate(world, shard, grant)) {
    return grant.excusedBy;
  }
  const told = world.lastOutcomes[shard].find(({ tenant }) => tenant === name)?.error?.code;
  if (told === 'needs_decision') {
    return 'told: it needs a decision';
  }
  const isDuplicate = livesBeyond(world, shard, token) || isOwnedElsewhere(world, standing);
  if (told === 'duplicate_credential' && isDuplicate) {
    return 'told: another shard owns it';
  }
  if (isMoved(world, standing)) {
    return 'told: it was moved to the other shard';
  }
  if (world.servers.isAlive(token)) {
    return null;
  }
  if (isTooLarge(world, shard, entry)) {
    return 'told: no room in the secret';
  }
  return isExpired(world, token) ? 'told: its value expired after it was given back' : null;
}

/**
 * Whether a split moved the tenant to the other shard. An old copy left its entry here, or an
 * operator took it from there. What the other shard has is judged there.
 */
function isMoved(world: World, { shard, name }: Standing): boolean {
  const other = shard === 'x' ? 'y' : 'x';
  return stateIn(world, shard).tenants.get(name)?.moved_to === other;
}

/** Whether the shard's archive got what lives of a consent after all. */
function hasLandedLate(world: World, shard: Shard, { issued }: Grant): boolean {
  const { memory, servers, archived } = world;
  const living = issued.filter((token) => servers.isAlive(token));
  const texts = [...memory.objects]
    .filter(([key]) => key.startsWith(shardPrefix(shard)))
    .map(([, text]) => text);
  const isThere = (token: string) =>
    archived.has(token) && texts.some((text) => text.includes(`${token}\\"`));
  return living.length > 0 && living.every(isThere);
}

/**
 * Whether the family of the credential, or the one that the tenant joined last, belongs to the other
 * shard, where it is judged.
 */
function isOwnedElsewhere(world: World, { shard, name, entry }: Standing): boolean {
  const joined = stateIn(world, shard).knowledge.tenants.get(name)?.root;
  const held = knownRecord(world, fingerprint(String(entry.refresh_token)))?.root;
  return [joined, held].some((root) => {
    const record = root === undefined ? null : knownRecord(world, root);
    if (record === null || !isRootRecord(record)) {
      return false;
    }
    return record.owner !== null && record.owner !== shard;
  });
}

function knownRecord({ memory }: World, print: string): KnownRecord | null {
  const stored = memory.records.get(knownKey(print));
  return stored ? parseKnownRecord(stored.text) : null;
}

/** Whether the family's current credential has no room, and waits in the archive. */
function isTooLarge(world: World, shard: Shard, entry: Entry): boolean {
  const print = fingerprint(String(entry.refresh_token));
  const family = stateIn(world, shard).knowledge.families.get(print);
  const isWaiting = family?.key != null && family.current !== print;
  return isWaiting && world.servers.grantOf(String(entry.refresh_token))?.kind === 'oversized';
}

/** Whether the family was given back, and the archive has let its current value expire. */
function isExpired({ memory, servers }: World, token: string): boolean {
  const grant = servers.grantOf(token);
  const current = grant?.issued.map((one) => fingerprint(one)) ?? [];
  return [...memory.records.values()].some(({ text }) => {
    const record = parseKnownRecord(text);
    const isOfGrant = isRootRecord(record) && current.includes(record.cur ?? '');
    return isOfGrant && record.key !== null && !memory.objects.has(record.key);
  });
}

/** Reads a shard's archive in any order, and compares it with what the shard's state says. */
function rebuiltDifferently(world: World, shard: Shard, random: Random): string[] {
  if (!world.memory.states.has(shard)) {
    return [];
  }
  const known = stateIn(world, shard).knowledge;
  const rebuilt = rebuild(world, shard, random);
  return Object.entries(readMap(world, shard).tenants).flatMap(([name, entry]) => {
    const print = fingerprint(String(entry.refresh_token));
    const family = known.families.get(print);
    if (!family?.own || family.current !== print) {
      return [];
    }
    const current = rebuilt.families.get(print)?.current;
    return current === print ? [] : [`${shard}/${name} ${nameOf(entry.refresh_token)}`];
  });
}

function rebuild(world: World, shard: Shard, random: Random): Knowledge {
  const knowledge = newKnowledge();
  const keyed = [...world.memory.objects]
    .filter(([key]) => key.startsWith(shardPrefix(shard)))
    .map((one) => ({ one, place: random() }));
  for (const { one } of keyed.sort((a, b) => a.place - b.place)) {
    const [key, text] = one;
    const exchange = exchangeIn(world, key, text);
    if (exchange) {
      learn(knowledge, readExchange(key, exchange).entry);
    }
  }
  return knowledge;
}
