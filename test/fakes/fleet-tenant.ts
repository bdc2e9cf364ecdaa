import type { FleetTenant } from '../../bin/ui/fleet-snapshot.ts';

/** Returns a healthy tenant as the pages of the fleet see it. */
export function fleetTenant(name: string, more: Partial<FleetTenant> = {}): FleetTenant {
  return {
    tenant: name,
    title: null,
    shard: 'default',
    provider: 'amazon-ads',
    tags: [],
    state: 'ok',
    kind: 'good',
    expires_at: null,
    rotated_at: null,
    failing_since: null,
    message: null,
    next_step: null,
    end: null,
    invited: null,
    account: null,
    searched: name,
    ...more,
  };
}
