import { groupBy } from '../../lambda/group-by.ts';
import type { PlannedTenant } from './planned-tenant.ts';

/** How long a run for all tenants of one client takes. */
export interface ClientTime {
  client: string;
  provider: string | null;
  tenants: number;
  seconds: number;
}

/** A token endpoint's usual time to answer. */
const LATENCY_MS = 500;

/** Returns how long each client's tenants take, the slowest first. Clients run side by side. */
export function clientTimes(fleet: readonly PlannedTenant[]): ClientTime[] {
  const clients = groupBy(
    fleet.filter(({ enabled }) => enabled),
    ({ client }) => client,
  );
  return [...clients].map(([client, tenants]) => timeOf(client, tenants)).toSorted(bySeconds);
}

function timeOf(client: string, tenants: readonly PlannedTenant[]): ClientTime {
  const [first] = tenants;
  const atOnce = first?.maxConcurrency ?? 1;
  const pacedMs = tenants.length * (first?.minIntervalMs ?? 0);
  const answeredMs = Math.ceil(tenants.length / atOnce) * LATENCY_MS;
  const seconds = Math.max(pacedMs, answeredMs) / 1000;
  return {
    client,
    provider: first?.provider ?? null,
    tenants: tenants.length,
    seconds,
  };
}

function bySeconds(a: ClientTime, b: ClientTime): number {
  return b.seconds - a.seconds;
}
