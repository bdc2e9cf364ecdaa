import { DamagedRecordError } from '../ports.ts';
import { reportDamaged } from './archived-object.ts';
import type { ShardRun } from './shard-run.ts';

/**
 * Does what needs the index for some tenants. A damaged record keeps them alone from being asked.
 * Throws StoreError for any other fault.
 */
export async function sparing(
  run: ShardRun,
  tenants: readonly string[],
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) {
      throw error;
    }
    reportDamaged(run, error.key);
    for (const tenant of tenants) {
      withhold(run, tenant, error.key);
    }
  }
}

/** Keeps a tenant from being asked, of which a damaged object could have told. */
export function withhold(run: ShardRun, tenant: string, key: string): void {
  run.foreign.add(tenant);
  run.untold.set(tenant, key);
}
