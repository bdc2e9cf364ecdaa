import { endsSoon, isRefused } from '../ask/due.ts';
import { createPacer } from '../ask/pacer.ts';
import type { RefreshRequest } from '../event.ts';
import { publishedFormerNames } from '../history/former-names.ts';
import { parsePublished } from '../keep/published.ts';
import { readShardState } from '../keep/read-shard-state.ts';
import { readVault } from '../keep/read-vault.ts';
import type { Outcome } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { RunError, UnknownTenantError } from './run-error.ts';
import type { RunOptions } from './run-options.ts';
import { rotateShard, type ShardTask } from './shard.ts';

/**
 * Refreshes one tenant's token if it is due or was refused, together with the shard's tokens that
 * end within 30 minutes, so that secret versions stay few. Throws UnknownTenantError, RunError for
 * a shard that failed as a whole, and StoreError where nothing can be read.
 */
export async function refreshOnDemand(
  ports: RunPorts,
  request: RefreshRequest,
  options: RunOptions,
): Promise<Outcome> {
  const fresh = await freshOutcome(ports, request);
  if (fresh) {
    return fresh;
  }
  const { tenant, shard, refused } = request;
  // A name that nobody knows takes no lease and writes no state.
  const name = await presentName(ports, shard, tenant);
  const task: ShardTask = {
    shard,
    wanted: { kind: 'on_demand', name, refused },
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
async function freshOutcome(
  { accessTokens, clock }: RunPorts,
  { tenant, shard, refused }: RefreshRequest,
): Promise<Outcome | null> {
  const token = parsePublished(await accessTokens.read(shard)).get(tenant);
  if (!token) {
    return null;
  }
  const { expires_at } = token;
  const now = clock.now();
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
async function presentName(ports: RunPorts, shard: string, tenant: string): Promise<string> {
  const { map } = await readVault(ports, shard);
  if (map.tenants.has(tenant)) {
    return tenant;
  }
  const { tenants } = await readShardState(ports, shard);
  const present = publishedFormerNames(tenants, { isFullRun: false }).get(tenant);
  if (present === undefined || !map.tenants.has(present)) {
    throw unknownTenant(tenant, shard);
  }
  return present;
}

function unknownTenant(tenant: string, shard: string): UnknownTenantError {
  return new UnknownTenantError(`There is no tenant ${tenant} in shard ${shard}.`);
}
