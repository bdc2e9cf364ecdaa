import type { RunRequest } from '../event.ts';
import type { TenantFilter } from '../map/tenant-filter.ts';

/** Which tenants a run is for. */
export type Wanted =
  | { kind: 'all' }
  | (TenantFilter & {
      kind: 'filtered';
      /** Null for every tenant that the other filters let through. */
      names: ReadonlySet<string> | null;
      expiringWithinMs: number | null;
    })
  /** One tenant, asked only if its token is due, or is the one that was refused. */
  | { kind: 'on_demand'; name: string; refused: string | null };

/** Tells whether a tenant is wanted by its name. */
export function isNamed(wanted: Wanted, name: string): boolean {
  switch (wanted.kind) {
    case 'all':
      return false;
    case 'filtered':
      return wanted.names?.has(name) ?? false;
    case 'on_demand':
      return wanted.name === name;
  }
}

/** Returns what a request wants. Without any filter it is every tenant. */
export function toWanted(request: RunRequest): Wanted {
  const { tenants, provider, app, tag, expiring_within_seconds } = request;
  const limits = [tenants, provider, app, tag, expiring_within_seconds];
  if (limits.every((limit) => limit === null)) {
    return { kind: 'all' };
  }
  return {
    kind: 'filtered',
    names: tenants && new Set(tenants),
    provider,
    app,
    tag,
    expiringWithinMs: expiring_within_seconds === null ? null : expiring_within_seconds * 1000,
  };
}
