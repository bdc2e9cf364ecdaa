import { isMeant, type TenantFilter } from '../../lambda/map/tenant-filter.ts';
import type { TenantStatus } from './fleet-status.ts';

/** Which tenants a list is for. Several limits combine by AND. */
export interface StatusFilter extends TenantFilter {
  /** Null: any name. */
  names: ReadonlySet<string> | null;
  /** Only tenants that somebody should look at. */
  failing: boolean;
  /** Only tenants of which something ends before this instant, in ISO-8601. */
  endsBefore: string | null;
}

/** Returns whether a list for this filter holds the tenant. */
export function isChosen(status: TenantStatus, filter: StatusFilter): boolean {
  const { names, failing, endsBefore } = filter;
  if (names !== null && !names.has(status.tenant)) {
    return false;
  }
  if (failing && status.next_step === null) {
    return false;
  }
  if (endsBefore !== null && !status.ends.some(({ at }) => at < endsBefore)) {
    return false;
  }
  return isMeant(filter, status);
}
