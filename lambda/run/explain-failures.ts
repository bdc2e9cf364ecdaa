import pLimit from 'p-limit';
import type { PastExchange } from '../ahead/death.ts';
import { explainFailure, othersOf, refusedOf, witnessOf } from '../ahead/explain-failure.ts';
import type { FleetTenant } from '../ahead/fleet-tenant.ts';
import { toPastExchange } from '../ahead/past-exchange.ts';
import { groupBy } from '../group-by.ts';
import {
  beforeTurn,
  parseArchivedExchange,
  parseExchangeKey,
  shardPrefix,
  timeOfKey,
  turnOfKey,
} from '../history/archived-exchange.ts';
import { isExchangeOf } from '../history/former-names.ts';
import { undamagedObject } from '../keep/undamaged-object.ts';
import type { Cause } from '../outcome.ts';
import type { Archive } from '../ports.ts';

/** Says why one tenant fails. There is no cause where it does not fail. */
export interface Explanation {
  tenant: string;
  shard: string;
  code: string | null;
  causes: Cause[];
}

const READS_AT_ONCE = 16;
/** The first exchanges after a success say how a tenant died, and the newest how it is refused. */
const MOST_OF_EACH = 50;

/**
 * Explains why tenants fail, each by its exchanges since it last got a token and by the rest of the
 * fleet. Lists each of their shards once, and reads a few exchanges of each. Throws StoreError.
 */
export async function explainFailures(
  archive: Pick<Archive, 'list' | 'get'>,
  chosen: readonly FleetTenant[],
  fleet: readonly FleetTenant[],
): Promise<Explanation[]> {
  const refused = refusedOf(fleet);
  const witnesses = new Set(chosen.flatMap((one) => witnessOf(one, refused) ?? []));
  const pasts = await readPasts(archive, [...witnesses]);
  const others = othersOf(fleet);
  return chosen.map((one) => {
    const witness = witnessOf(one, refused);
    const past = (witness && pasts.get(witness)) ?? [];
    return {
      tenant: one.tenant,
      shard: one.shard,
      code: codeOf(one),
      causes: explainFailure(one, { past, others }),
    };
  });
}

function codeOf({ fault, marks }: FleetTenant): string | null {
  return fault?.code ?? marks.error?.code ?? null;
}

async function readPasts(
  archive: Pick<Archive, 'list' | 'get'>,
  tenants: readonly FleetTenant[],
): Promise<Map<FleetTenant, PastExchange[]>> {
  const keys = await listKeys(archive, tenants);
  const pasts = new Map<FleetTenant, PastExchange[]>();
  for (const one of tenants) {
    const listed = namesOf(one).flatMap((name) => keys.get(name) ?? []);
    const own = listed.filter((key) => isOfShards(key, one) && isOwnOrTwins(key, one));
    const read = await pLimit(READS_AT_ONCE).map(keysToRead(one, own), (key) =>
      readPast(archive, key),
    );
    pasts.set(
      one,
      read.filter((exchange) => exchange !== null),
    );
  }
  return pasts;
}

/** Lists the shards of tenants, and returns the keys by the names that stand in them. */
async function listKeys(
  archive: Pick<Archive, 'list'>,
  tenants: readonly FleetTenant[],
): Promise<Map<string, string[]>> {
  const places = tenants.flatMap((one) => shardsOf(one).map((shard) => ({ one, shard })));
  const lists: string[][] = [];
  for (const [shard, members] of groupBy(places, (place) => place.shard)) {
    const first = firstOf(
      members.map(({ one }) => one),
      shard,
    );
    lists.push(await archive.list(shardPrefix(shard), first));
  }
  return groupBy(lists.flat(), (key) => parseExchangeKey(key)?.tenant ?? '');
}

/** Returns the shard of a tenant, and the one in which it got its newest token before it moved. */
function shardsOf({ shard, marks }: FleetTenant): string[] {
  const before = parseExchangeKey(marks.token_key ?? '')?.shard ?? shard;
  return [...new Set([before, shard])];
}

function isOfShards(key: string, one: FleetTenant): boolean {
  return shardsOf(one).includes(parseExchangeKey(key)?.shard ?? '');
}

/** Nothing before the newest token of any of them is needed. */
function firstOf(members: readonly FleetTenant[], shard: string): string | undefined {
  const turns = members.map(({ marks }) => turnInShard(marks.token_key, shard));
  const first = Math.min(...turns);
  return first === 0 ? undefined : beforeTurn(shard, first);
}

function turnInShard(key: string | null, shard: string): number {
  return key?.startsWith(shardPrefix(shard)) ? turnOfKey(key) : 0;
}

/**
 * Returns the names under which a tenant's exchanges are archived. There are several where it was
 * renamed, or shares its credential with another.
 */
function namesOf({ tenant, marks, formerNames }: FleetTenant): string[] {
  const issuedTo = parseExchangeKey(marks.token_key ?? '')?.tenant ?? tenant;
  return [...new Set([...formerNames.map(({ name }) => name), issuedTo, tenant])];
}

/** Under a former name only what came before the renaming is the tenant's. */
function isOwnOrTwins(key: string, { tenant, formerNames }: FleetTenant): boolean {
  const isFormer = formerNames.some(({ name }) => name === parseExchangeKey(key)?.tenant);
  return !isFormer || isExchangeOf(key, tenant, formerNames);
}

/** Chooses the newest token, and what comes after it, in the order in which it happened. */
function keysToRead({ marks }: FleetTenant, listed: readonly string[]): string[] {
  const { token_key } = marks;
  const since = listed.filter((key) => !isBefore(key, token_key)).sort(byTime);
  const some = new Set([...since.slice(0, MOST_OF_EACH), ...since.slice(-MOST_OF_EACH)]);
  if (token_key === null) {
    return [...some];
  }
  return [...new Set([token_key, ...some])];
}

/** Turns of two shards tell nothing of each other. */
function isBefore(key: string, tokenKey: string | null): boolean {
  const token = parseExchangeKey(tokenKey ?? '');
  return token?.shard === parseExchangeKey(key)?.shard && turnOfKey(key) < (token?.turn ?? 0);
}

function byTime(one: string, other: string): number {
  return timeOfKey(one) < timeOfKey(other) ? -1 : 1;
}

async function readPast(archive: Pick<Archive, 'get'>, key: string): Promise<PastExchange | null> {
  const exchange = parseArchivedExchange(await undamagedObject(archive, key));
  return exchange ? toPastExchange(key, exchange) : null;
}
