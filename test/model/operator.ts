import { pick, type Random } from './random.ts';
import type { What } from './schedule.ts';
import { nameOf, tokensIn } from './servers.ts';
import {
  type Entry,
  isFiledFor,
  isJoinedLast,
  type Map_,
  note,
  readMap,
  SHARDS,
  type Shard,
  type World,
} from './world.ts';

const ENTRY: Entry = {
  provider: 'oauth2',
  token_url: 'https://platform.example/token',
  client_id: 'app',
  client_secret: 'secret',
};

/** Puts the first tenants into both shards. */
export function foundShards(world: World, random: Random): void {
  const names: Record<Shard, string[]> = { x: ['a', 'b', 'c'], y: ['d', 'e', 'f'] };
  for (const shard of SHARDS) {
    const map: Map_ = { version: 1, tenants: {} };
    for (const name of names[shard]) {
      const value = consent(world, random);
      map.tenants[name] = { ...ENTRY, refresh_token: value };
      want(world, shard, name, value);
    }
    save(world, shard, map);
  }
}

/** A consent whose credential the operator keeps until it stands in the map. */
function consent({ servers, durable }: World, random: Random): string {
  const value = servers.consent(random);
  for (const token of tokensIn(value)) {
    durable.add(token);
  }
  return value;
}

/** Notes which consent the operator wants for a tenant. */
export function want(world: World, shard: Shard, tenant: string, credential: string): void {
  world.wanted[shard].set(tenant, world.servers.grantOf(credential)?.id ?? null);
}

function save({ memory, savedByOperator }: World, shard: Shard, map: Map_): void {
  memory.vault.save(shard, JSON.stringify(map, null, 1));
  savedByOperator.add(memory.vault.current(shard)?.versionId ?? '');
}

/** What one happening of an operator works with. */
interface Hand {
  world: World;
  random: Random;
  shard: Shard;
  other: Shard;
  map: Map_;
  names: string[];
  tenant: string;
  entry: Entry;
}

/** Lets an operator do one thing. */
export function operate(world: World, what: What, random: Random): void {
  const shard: Shard = random() < 0.5 ? 'x' : 'y';
  const map = readMap(world, shard);
  const names = Object.keys(map.tenants);
  const tenant = pick(random, names);
  if (tenant === undefined) {
    return;
  }
  const entry = map.tenants[tenant] ?? {};
  const other: Shard = shard === 'x' ? 'y' : 'x';
  const hand: Hand = { world, random, shard, other, map, names, tenant, entry };
  const act = ACTS[what];
  // Most is done on a map that a run has left in order.
  if (act && (AT_ANY_TIME.has(what) || isInOrder(hand))) {
    act(hand);
  }
}

const AT_ANY_TIME: ReadonlySet<What> = new Set(['consent', 'code', 'old_copy', 'rollback']);

const ACTS: Partial<Record<What, (hand: Hand) => void>> = {
  consent: paste,
  code: pasteCode,
  old_copy: (hand) => saveOld(hand, false),
  rollback: (hand) => saveOld(hand, true),
  share,
  rename,
  remove,
  copy_to_other_shard: copyAcross,
  move_to_other_shard(hand) {
    if (!isTakenOver(hand.world, hand.shard)) {
      return;
    }
    copyAcross(hand);
    remove(hand);
  },
};

/** A split swaps a map too, and leaves old copies of tenants that stay to the next run. */
function isInOrder({ world, shard, tenant, entry }: Hand): boolean {
  const token = nameOf(entry.refresh_token);
  if (entry.authorization_code !== undefined || token === null) {
    return false;
  }
  const wanted = world.wanted[shard].get(tenant) ?? null;
  if (wanted !== null && world.servers.grantOf(token)?.id !== wanted) {
    return false;
  }
  const current = world.memory.vault.current(shard);
  const newest = [...world.memory.vault.stored(shard).versions.keys()].at(-1);
  const isNewest = current?.versionId === newest;
  return isNewest && !world.savedByOperator.has(newest ?? '');
}

function paste(hand: Hand): void {
  const { world, tenant, entry, map, random } = hand;
  const value = consent(world, random);
  const { authorization_code: _, ...rest } = entry;
  change(
    hand,
    { ...map.tenants, [tenant]: { ...rest, refresh_token: value } },
    `pastes ${value.slice(0, 12)} for ${tenant}`,
  );
  wantPasted(hand, value);
}

/** Where both shards have the name, nobody can say which of two credentials is wanted. */
function wantPasted({ world, shard, other, tenant }: Hand, credential: string): void {
  want(world, shard, tenant, credential);
  if (!(tenant in readMap(world, other).tenants)) {
    return;
  }
  for (const one of SHARDS) {
    world.wanted[one].set(tenant, null);
  }
}

function pasteCode(hand: Hand): void {
  const { world, tenant, entry, map, random } = hand;
  const code = world.servers.consentByCode(random);
  const redeemed = { ...entry, authorization_code: code, redirect_uri: 'https://app.example/cb' };
  change(hand, { ...map.tenants, [tenant]: redeemed }, `pastes ${code} for ${tenant}`);
  wantPasted(hand, code);
}

function share(hand: Hand): void {
  const { world, shard, names, tenant, entry, map, random } = hand;
  const to = pick(random, names);
  if (to === undefined || to === tenant) {
    return;
  }
  const isOldCopy = everHeld(world, shard).has(`${to}/${nameOf(entry.refresh_token)}`);
  if (isOldCopy) {
    return;
  }
  change(
    hand,
    { ...map.tenants, [to]: { ...ENTRY, refresh_token: entry.refresh_token } },
    `shares ${tenant} with ${to}`,
  );
  world.wanted[shard].set(to, world.wanted[shard].get(tenant) ?? null);
}

/** All that ever stood in a map of the shard, as `tenant/token`. */
function everHeld({ memory }: World, shard: Shard): Set<string> {
  const { versions } = memory.vault.stored(shard);
  return new Set(
    [...versions.values()].flatMap(({ text }) => {
      const { tenants } = JSON.parse(text ?? '{"tenants":{}}') as Map_;
      return Object.entries(tenants).map(([name, one]) => `${name}/${nameOf(one.refresh_token)}`);
    }),
  );
}

function rename(hand: Hand): void {
  const { world, shard, tenant, entry, map } = hand;
  const { [tenant]: _, ...others } = map.tenants;
  const name = freshName(world);
  const wanted = world.wanted[shard].get(tenant) ?? null;
  change(hand, { ...others, [name]: entry }, `renames ${tenant} to ${name}`);
  world.wanted[shard].set(name, wanted);
}

export function freshName(world: World): string {
  return `n${world.log.length}`;
}

function remove(hand: Hand): void {
  const { [hand.tenant]: _, ...others } = hand.map.tenants;
  if (hand.names.length === 1) {
    return;
  }
  change(hand, others, `removes ${hand.tenant}`);
}

function copyAcross(hand: Hand): void {
  const { world, shard, other, tenant, entry } = hand;
  if (!isTakenOver(world, shard)) {
    return;
  }
  const name = freshName(world);
  const there = readMap(world, other);
  const wanted = world.wanted[shard].get(tenant) ?? null;
  change(
    { ...hand, shard: other, map: there },
    { ...there.tenants, [name]: entry },
    `copies ${tenant} of ${shard} as ${name}`,
  );
  world.wanted[other].set(name, wanted);
}

/** What version 0.1 knew of a shard, other shards know after the shard's next run. */
function isTakenOver({ lastWholeRunAt }: World, shard: Shard): boolean {
  return lastWholeRunAt[shard] > Number.NEGATIVE_INFINITY;
}

/** Saves these tenants. Says what is the operator's own loss. */
function change(hand: Hand, tenants: Map_['tenants'], doing: string): void {
  const { world, shard, map } = hand;
  throwAway(world, shard, map, tenants);
  note(world, `OPERATOR of ${shard} ${doing}`);
  save(world, shard, { ...map, tenants });
}

/** What no run has filed, and the operator overwrites, nobody can bring back. */
export function throwAway(world: World, shard: Shard, before: Map_, after: Map_['tenants']): void {
  const { wanted, lastWanted, archived, servers } = world;
  const standing = new Set(Object.values(after).map((entry) => nameOf(entry.refresh_token)));
  for (const [name, entry] of Object.entries(before.tenants)) {
    const token = nameOf(entry.refresh_token);
    if (token !== null && !archived.has(token) && !standing.has(token)) {
      servers.excuse(token, 'thrown away by the operator before a run saw it');
    }
    const code = entry.authorization_code;
    if (typeof code === 'string' && after[name]?.authorization_code !== code) {
      servers.excuse(code, 'a code thrown away by the operator');
    }
    if (name in after) {
      continue;
    }
    lastWanted[shard].set(name, wanted[shard].get(name) ?? null);
    wanted[shard].delete(name);
  }
}

function saveOld({ world, shard, map, random }: Hand, isRollback: boolean): void {
  const { vault } = world.memory;
  const { versions, succession } = vault.stored(shard);
  const earlier = [...new Set(succession)].slice(0, isRollback ? -1 : undefined);
  const id = pick(random, earlier);
  const old = versions.get(id ?? '');
  if (id === undefined || old?.text === undefined) {
    return;
  }
  const copy = JSON.parse(old.text) as Map_;
  throwAway(world, shard, map, copy.tenants);
  for (const name of Object.keys(copy.tenants)) {
    wantAfterOldCopy(world, shard, name, { map, copy });
  }
  note(
    world,
    `OPERATOR of ${shard} ${isRollback ? 'rolls back' : 'saves an old copy'}: ${describe(copy)}`,
  );
  if (isRollback) {
    vault.moveIfCurrent(shard, vault.current(shard)?.versionId ?? null, id);
  } else {
    save(world, shard, copy);
  }
}

function describe({ tenants }: Map_): string {
  return Object.entries(tenants)
    .map(([name, entry]) => `${name} ${nameOf(entry.refresh_token)}`)
    .join(', ');
}

/**
 * An old copy changes nothing that is wanted, as far as a run can tell it from a fresh paste: where
 * the shard's archive has filed both credentials for the tenant, and the newer one last.
 */
function wantAfterOldCopy(
  world: World,
  shard: Shard,
  name: string,
  { map, copy }: { map: Map_; copy: Map_ },
): void {
  const wanted = world.wanted[shard];
  const token = nameOf(copy.tenants[name]?.refresh_token);
  const before = nameOf(map.tenants[name]?.refresh_token);
  const isKnown = (one: string | null) =>
    one !== null && world.archived.has(one) && isFiledFor(world, shard, name, one);
  const isSeen = (one: string | null) =>
    one !== null && isKnown(one) && isJoinedLast(world, shard, name, one);
  if (copy.tenants[name]?.authorization_code !== map.tenants[name]?.authorization_code) {
    wanted.set(name, null);
  } else if (!(name in map.tenants)) {
    const last = world.lastWanted[shard].get(name) ?? null;
    const isFiled = world.filedFor.has(`${shard}/${name}/${last}`);
    wanted.set(name, isFiled && isKnown(token) ? last : null);
  } else if (token !== before && !(isKnown(token) && isSeen(before))) {
    wanted.set(name, null);
  }
}
