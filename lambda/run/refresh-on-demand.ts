import { endsSoon, isRefused } from '../ask/due.ts';
import { createPacer } from '../ask/pacer.ts';
import { limitRefusals } from '../ask/refusals.ts';
import { choose } from '../ask/selection.ts';
import { type ShardView, withoutLease } from '../ask/shard-view.ts';
import type { Wanted } from '../ask/wanted.ts';
import type { RefreshRequest } from '../event.ts';
import { publishedFormerNames } from '../history/former-names.ts';
import { hasEndedWell, type ShardState } from '../history/shard-state.ts';
import { type Published, parsePublished } from '../keep/published.ts';
import { readShardState } from '../keep/read-shard-state.ts';
import { readVault } from '../keep/read-vault.ts';
import { trustIssued } from '../map/trust-issued.ts';
import type { VaultMap } from '../map/vault-map.ts';
import type { Outcome } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { unaskedFate } from './outcomes.ts';
import { rotateShard, type ShardTask } from './rotate-shard.ts';
import { RunError, UnknownTenantError } from './run-error.ts';
import type { RunOptions } from './run-options.ts';
import { withinBudget } from './within-budget.ts';

type OnDemand = Extract<Wanted, { kind: 'on_demand' }>;

/**
 * Refreshes one tenant's token if it is due or was refused, together with the shard's tokens that
 * end within 30 minutes, so that secret versions stay few. Who asks again and again for a tenant
 * that is not asked for takes no lease and writes no state. Throws UnknownTenantError, RunError for
 * a shard that failed as a whole, and StoreError where nothing can be read.
 */
export async function refreshOnDemand(
  ports: RunPorts,
  request: RefreshRequest,
  options: RunOptions,
): Promise<Outcome> {
  const { tenant, shard, refused } = request;
  const published = parsePublished(await ports.accessTokens.read(shard));
  const fresh = freshOutcome(published, request, ports.clock.now());
  if (fresh) {
    return fresh;
  }
  const { map } = await readVault(ports, shard);
  const state = await readShardState(ports, shard);
  const name = presentName(map, state, request);
  const wanted: OnDemand = { kind: 'on_demand', name, refused };
  const now = ports.clock.now();
  const seen = { shard, map, state, published, now };
  const unasked = hasEndedWell(state) ? unaskedOutcome(seen, wanted) : null;
  if (unasked) {
    return unasked;
  }
  const task: ShardTask = {
    shard,
    wanted,
    namesElsewhere: new Map(),
    reportKey: null,
    tells: 'nothing',
  };
  const report = await rotateShard(ports, createPacer(ports.clock), task, options);
  switch (report.kind) {
    case 'busy':
      return {
        tenant,
        shard,
        provider: null,
        status: 'busy',
        reason: 'another run holds the shard',
      };
    case 'failed':
      throw new RunError(`${report.failure.message} ${report.failure.next_step}`);
    case 'done': {
      const outcome = report.outcomes.find((one) => one.tenant === name);
      if (!outcome) {
        throw unknownTenant(tenant, shard);
      }
      return outcome;
    }
  }
}

/** Returns null where the published token is missing, ends soon, or was refused. */
function freshOutcome(
  published: Published,
  { tenant, shard, refused }: RefreshRequest,
  now: number,
): Outcome | null {
  const token = published.get(tenant);
  if (!token) {
    return null;
  }
  const { expires_at } = token;
  if (endsSoon(expires_at, now) || isRefused(token, refused, now)) {
    return null;
  }
  return {
    tenant,
    shard,
    provider: null,
    status: 'skipped',
    reason: 'its token is fresh',
    ...(expires_at !== null && { expires_at }),
  };
}

/**
 * Returns the name that a tenant has now. Programs may still know it by its former one. Throws
 * UnknownTenantError.
 */
function presentName(
  map: VaultMap,
  { tenants }: ShardState,
  { tenant, shard }: RefreshRequest,
): string {
  if (map.tenants.has(tenant)) {
    return tenant;
  }
  const present = publishedFormerNames(tenants, { isFullRun: false }).get(tenant);
  if (present === undefined || !map.tenants.has(present)) {
    throw unknownTenant(tenant, shard);
  }
  return present;
}

/** A shard as it was read without its lease, after a run that ended well. */
interface SeenShard {
  shard: string;
  map: VaultMap;
  state: ShardState;
  published: Published;
  now: number;
}

/**
 * Returns the outcome of a tenant that a run would not ask for, as one that is disabled, or whose
 * failure is known. Returns null where a run is needed to say so.
 */
function unaskedOutcome(
  { shard, map, state, published, now }: SeenShard,
  wanted: OnDemand,
): Outcome | null {
  const { knowledge, tenants } = state;
  const view: ShardView = {
    ...withoutLease,
    shard,
    map: trustIssued(map, knowledge),
    knowledge,
    tenants,
    published,
    now,
  };
  const limited = limitRefusals(wanted, state.refusals_at, now);
  const [choice] = withinBudget(view, state, choose(view, limited));
  if (!choice || choice.do === 'ask' || choice.do === 'report_recovered') {
    return null;
  }
  if (choice.do === 'fail' && !choice.known) {
    return null;
  }
  const { name: tenant, provider } = choice;
  return { tenant, shard, provider, ...unaskedFate(choice) };
}

function unknownTenant(tenant: string, shard: string): UnknownTenantError {
  return new UnknownTenantError(`There is no tenant ${tenant} in shard ${shard}.`);
}
