import type { Tenant } from '../map/tenant.ts';
import { hindranceOf } from './hindrance.ts';
import { findHolders } from './holders.ts';
import type { ShardView } from './shard-view.ts';

/**
 * Tells whether nothing keeps a tenant from being asked with a credential that it came to in the
 * middle of a run. What was chosen at the start of the run was looked at then.
 */
export function mayBeAsked(view: ShardView, tenant: Tenant): boolean {
  return hindranceOf(view, tenant, findHolders(view.map)) === null;
}
