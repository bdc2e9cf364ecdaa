import type { Cause } from './cause.ts';
import { groupBy } from './group-by.ts';

/** Tenants that fail for one cause, in one sentence for all of them. */
export interface ExplainedGroup {
  cause: string;
  certainty: Cause['certainty'];
  tenants: string[];
  prevention: string;
  /** Of the only tenant; of several the one of the first. */
  next_step: string;
}

/** Groups tenants by their surest cause, the largest group first. */
export function groupExplanations(
  explained: readonly { tenant: string; causes: readonly Cause[] }[],
): ExplainedGroup[] {
  const surest = explained.flatMap(({ tenant, causes: [cause] }) =>
    cause ? [{ tenant, cause }] : [],
  );
  const groups = groupBy(surest, ({ cause }) => `${cause.cause} ${cause.certainty}`);
  return [...groups.values()]
    .flatMap(toGroup)
    .toSorted((a, b) => b.tenants.length - a.tenants.length);
}

function toGroup(group: readonly { tenant: string; cause: Cause }[]): ExplainedGroup[] {
  const [first] = group;
  if (!first) return [];
  const { cause, certainty, prevention, next_step } = first.cause;
  return [{ cause, certainty, tenants: group.map(({ tenant }) => tenant), prevention, next_step }];
}
