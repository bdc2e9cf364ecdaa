import { parseExchangeKey } from './archived-exchange.ts';
import type { FormerName, TenantError, TenantState } from './shard-state.ts';

/** The published entry is kept under both names until the next run but one. */
const RUNS = 2;

type TenantStates = ReadonlyMap<string, TenantState>;

/** Gives a tenant's state another name, and remembers the old one. `now` is ISO-8601. */
export function renameState(
  tenants: TenantStates,
  { from, to }: { from: string; to: string },
  now: string,
): Map<string, TenantState> {
  const others = [...tenants].filter(([name]) => name !== to);
  const renamed = others.map(([name, state]) => {
    if (name !== from) {
      return [name, state] as const;
    }
    const earlier = (state.former_names ?? []).filter((former) => former.name !== to);
    const latest = {
      name: from,
      renamed_at: now,
      runs_left: RUNS,
    };
    const error = state.error && withoutWords(state.error);
    return [to, { ...state, error, former_names: [...earlier, latest] }] as const;
  });
  return new Map(renamed);
}

/** The words of a failure name the tenant. */
function withoutWords({ words: _, ...error }: TenantError): TenantError {
  return error;
}

/**
 * Returns the former names under which access tokens are published too, each with the tenant's name
 * of now. A full run is the last one that counts for it.
 */
export function publishedFormerNames(
  tenants: TenantStates,
  { isFullRun }: { isFullRun: boolean },
): Map<string, string> {
  const least = isFullRun ? 1 : 0;
  const names = [...tenants].flatMap(([tenant, { former_names }]) =>
    (former_names ?? [])
      .filter(({ runs_left }) => runs_left > least)
      .map(({ name }) => [name, tenant] as const),
  );
  return new Map(names);
}

/** Returns the states after a full run. */
export function countFullRun(tenants: TenantStates): Map<string, TenantState> {
  return new Map([...tenants].map(([tenant, state]) => [tenant, afterFullRun(state)]));
}

function afterFullRun(state: TenantState): TenantState {
  if (!state.former_names) {
    return state;
  }
  const counted = state.former_names.map((former) => ({
    ...former,
    runs_left: Math.max(0, former.runs_left - 1),
  }));
  return { ...state, former_names: counted };
}

/** Tells whether an archive key is of a tenant's exchange, under its name or a former one. */
export function isExchangeOf(
  key: string,
  tenant: string,
  formerNames: readonly FormerName[],
): boolean {
  const exchange = parseExchangeKey(key);
  if (!exchange) {
    return false;
  }
  if (exchange.tenant === tenant) {
    return true;
  }
  return formerNames.some(
    ({ name, renamed_at }) => exchange.tenant === name && exchange.startedAt < renamed_at,
  );
}
