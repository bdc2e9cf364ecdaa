import pLimit from 'p-limit';
import type { Cause } from '../../lambda/ahead/cause.ts';
import { asTold, causesOf } from '../../lambda/ahead/causes.ts';
import type { Death, OtherTenant, PastExchange } from '../../lambda/ahead/death.ts';
import { toPastExchange } from '../../lambda/ahead/past-exchange.ts';
import {
  parseArchivedExchange,
  parseExchangeKey,
  shardPrefix,
} from '../../lambda/history/archived-exchange.ts';
import { isExchangeOf } from '../../lambda/history/former-names.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { isTenant } from '../../lambda/map/tenant-entry.ts';
import type { ErrorCode } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { describeFailure } from '../../lambda/report/failure.ts';
import type { FleetTenant } from './read-fleet.ts';

/** Says why one tenant fails. There is no cause where it does not fail. */
export interface Explanation {
  tenant: string;
  shard: string;
  code: string | null;
  causes: Cause[];
}

const READS_AT_ONCE = 16;
/** Older exchanges say nothing of a death. */
const MOST_READ = 100;

/**
 * Explains why tenants fail, each by its exchanges and by the rest of the fleet. Throws StoreError.
 */
export async function explainFailures(
  ports: Pick<RunPorts, 'archive'>,
  chosen: readonly FleetTenant[],
  fleet: readonly FleetTenant[],
): Promise<Explanation[]> {
  const listed = await listKeys(ports, new Set(chosen.map(({ shard }) => shard)));
  const limit = pLimit(READS_AT_ONCE);
  const explanations: Explanation[] = [];
  for (const one of chosen) {
    const keys = keysOf(listed, one);
    const read = keys.slice(-MOST_READ).map((key) => limit(() => readPast(ports, key)));
    const past = (await Promise.all(read)).filter((exchange) => exchange !== null);
    explanations.push(explain(one, past, fleet));
  }
  return explanations;
}

function explain(
  one: FleetTenant,
  past: readonly PastExchange[],
  fleet: readonly FleetTenant[],
): Explanation {
  const { tenant, shard, entry, marks } = one;
  if (!isTenant(entry)) return { tenant, shard, code: entry.code, causes: [asTold(entry)] };
  if (marks.error === null) return { tenant, shard, code: null, causes: [] };
  const death = deathOf(one, entry, { past, fleet, error: marks.error });
  return { tenant, shard, code: marks.error.code, causes: causesOf(death) };
}

interface Surroundings {
  past: readonly PastExchange[];
  fleet: readonly FleetTenant[];
  error: { code: ErrorCode; since: string };
}

function deathOf(
  { tenant, shard, marks, ends }: FleetTenant,
  entry: Tenant,
  { past, fleet, error }: Surroundings,
): Death {
  const { app, provider, grant, client } = entry;
  const facts = { tenant, shard, app, provider: provider.title, grant_type: grant };
  const { message, next_step } = describeFailure(error.code, facts);
  const cap = provider.lives?.cap;
  return {
    tenant,
    platform: provider.title,
    app,
    client,
    code: error.code,
    message,
    next_step,
    since: error.since,
    consented_at: marks.consented_at,
    past,
    ends,
    testing_s: provider.lives?.testing_s ?? null,
    cap: cap?.tokens === 'refresh_token' ? cap.most : null,
    signs: provider.signed !== undefined,
    others: fleet.filter((other) => other.tenant !== tenant).flatMap(toOther),
  };
}

function toOther({ tenant, entry, marks }: FleetTenant): OtherTenant[] {
  if (!isTenant(entry)) return [];
  const { client, enabled } = entry;
  return [{ tenant, client, enabled, consented_at: marks.consented_at, failing: marks.error }];
}

/** The oldest first. */
function keysOf(listed: ReadonlyMap<string, string[]>, one: FleetTenant): string[] {
  const { tenant, shard, formerNames } = one;
  const names = [...formerNames.map(({ name }) => name), tenant];
  const keys = names.flatMap((name) => listed.get(`${shard}/${name}`) ?? []);
  return keys.filter((key) => isExchangeOf(key, tenant, formerNames));
}

async function listKeys(
  { archive }: Pick<RunPorts, 'archive'>,
  shards: ReadonlySet<string>,
): Promise<Map<string, string[]>> {
  const byTenant = new Map<string, string[]>();
  for (const shard of shards) {
    for (const key of await archive.list(shardPrefix(shard))) {
      const tenant = parseExchangeKey(key)?.tenant;
      if (tenant === undefined) continue;
      const name = `${shard}/${tenant}`;
      const keys = byTenant.get(name);
      if (keys) keys.push(key);
      else byTenant.set(name, [key]);
    }
  }
  return byTenant;
}

async function readPast(
  { archive }: Pick<RunPorts, 'archive'>,
  key: string,
): Promise<PastExchange | null> {
  const exchange = parseArchivedExchange(await archive.get(key));
  return exchange ? toPastExchange(key, exchange) : null;
}
