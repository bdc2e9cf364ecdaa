import type { FleetTenant } from '../../lambda/ahead/fleet-tenant.ts';
import type { Cause } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { type CauseGroup, groupByCause } from '../../lambda/report/cause-groups.ts';
import { explainFailures } from '../../lambda/run/explain-failures.ts';
import type { TenantStatus } from './fleet-status.ts';

/** Explaining more would keep a person waiting. Of the others only the failure is shown. */
const MOST_EXPLAINED = 1_000;

/** A tenant that fails, with why, the surest cause first. */
export interface ExplainedStatus {
  status: TenantStatus;
  causes: Cause[];
}

/**
 * Explains why those of `tenants` that fail do so, by their exchanges and the whole fleet. Throws
 * StoreError.
 */
export async function explainStatus(
  { archive }: Pick<RunPorts, 'archive'>,
  tenants: readonly TenantStatus[],
  fleet: readonly FleetTenant[],
): Promise<ExplainedStatus[]> {
  const failing = tenants.filter(({ error }) => error !== null);
  const known = new Map(fleet.map((one) => [idOf(one), one]));
  const chosen = failing.filter(isCurrent).flatMap((status) => known.get(idOf(status)) ?? []);
  const explained = await explainFailures(archive, chosen.slice(0, MOST_EXPLAINED), fleet);
  const causesOf = new Map(explained.map((one) => [idOf(one), one.causes]));
  return failing.map((status) => ({
    status,
    causes: (causesOf.get(idOf(status)) ?? []).map((cause) => withStepOf(status, cause)),
  }));
}

/** Where a link is open, its owner is awaited, whatever the cause. */
function withStepOf({ link, next_step }: TenantStatus, cause: Cause): Cause {
  return link === null || next_step === null ? cause : { ...cause, next_step };
}

/** Groups tenants that fail by their cause. */
export function groupExplained(explained: readonly ExplainedStatus[]): CauseGroup[] {
  return groupByCause(
    explained.flatMap(({ status, causes }) => {
      const { error, next_step, grant_type, ...about } = status;
      if (error === null || next_step === null) {
        return [];
      }
      return [
        {
          ...about,
          grant_type: grant_type ?? undefined,
          error: { ...error, next_step },
          causes,
        },
      ];
    }),
  );
}

/** A failure that is older than the credential says nothing of the tenant as it is now. */
function isCurrent({ error, next_step, link }: TenantStatus): boolean {
  return error?.next_step === next_step || link !== null;
}

function idOf({ shard, tenant }: { shard: string; tenant: string }): string {
  return `${shard}/${tenant}`;
}
