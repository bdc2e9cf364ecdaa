import type { PlannedTenant } from '../../bin/plan/planned-tenant.ts';

/** Returns tenants of one client, with tokens of an hour that change at each use. */
export function plannedFleet(count: number, more: Partial<PlannedTenant> = {}): PlannedTenant[] {
  return Array.from({ length: count }, (_, n) => ({
    tenant: `t${n}`,
    shard: 'default',
    provider: 'amazon-ads',
    client: 'lwa',
    entryBytes: 500,
    tokenBytes: 900,
    enabled: true,
    changes: true,
    accessLifeS: 3_600,
    maxConcurrency: 5,
    minIntervalMs: 0,
    lifeMs: null,
    credential: null,
    ...more,
  }));
}
