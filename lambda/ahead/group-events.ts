import { groupBy } from '../group-by.ts';
import { isObject } from '../is-object.ts';
import type { LifecycleEvent } from '../lifecycle-event.ts';

/** More than so many events of one cause are reported as one. */
const MOST_ALONE = 50;

/**
 * Returns the events of a run. More than 50 of one cause become one event, which says how many
 * tenants there are, and the archive key of the report that lists them. Without a report each stays
 * alone.
 */
export function groupEvents(
  events: readonly LifecycleEvent[],
  { runId, reportKey, at }: { runId: string; reportKey: string | null; at: string },
): LifecycleEvent[] {
  if (reportKey === null) {
    return [...events];
  }
  const groups = groupBy(events, causeOf);
  return [...groups].flatMap(([cause, group]) => {
    const [first] = group;
    if (!first || group.length <= MOST_ALONE) {
      return group;
    }
    const detail = {
      version: 1 as const,
      id: `${runId}/${cause}`,
      at,
      ...sharedBy(first, group),
      count: group.length,
      list_key: reportKey,
    };
    return { type: first.type, detail };
  });
}

/** One mail or chat message would tell all of them. */
function causeOf({ type, detail }: LifecycleEvent): string {
  const { error, kind, was, app, provider } = detail;
  const code = hasCode(error) ? error.code : (kind ?? was ?? '');
  return [type, code, app ?? provider ?? ''].join('/');
}

function hasCode(error: unknown): error is { code: unknown } {
  return isObject(error) && 'code' in error;
}

const SHARED = ['shard', 'provider', 'app', 'kind', 'was'];

/**
 * Returns the fields in which all events of a group agree. Of an error it is the code alone,
 * because a message names one tenant.
 */
function sharedBy(
  { detail: first }: LifecycleEvent,
  group: readonly LifecycleEvent[],
): Record<string, unknown> {
  const present = SHARED.filter((field) => first[field] !== undefined);
  const shared = present.filter((field) =>
    group.every(({ detail }) => detail[field] === first[field]),
  );
  const { error } = first;
  return {
    ...Object.fromEntries(shared.map((field) => [field, first[field]])),
    ...(hasCode(error) && { error: { code: error.code } }),
  };
}
