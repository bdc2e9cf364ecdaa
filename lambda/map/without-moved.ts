import { movedTo, type TenantState } from '../history/shard-state.ts';
import type { VaultMap } from './vault-map.ts';

/**
 * Returns a shard's map without tenants that were moved to another shard. A split that was stopped,
 * or an old copy of the map, leaves their entries here, and they mean nothing.
 */
export function withoutMoved(map: VaultMap, states: ReadonlyMap<string, TenantState>): VaultMap {
  const staying = [...map.tenants].filter(([tenant]) => movedTo(states, tenant) === null);
  return staying.length === map.tenants.size ? map : { ...map, tenants: new Map(staying) };
}
