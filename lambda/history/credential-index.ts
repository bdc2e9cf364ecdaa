import type { TenantState } from './shard-state.ts';

/** Per fingerprint, the names of the tenants in whose list it stands. */
type CredentialIndex = Record<(typeof LISTS)[number], Map<string, string[]>>;

type States = ReadonlyMap<string, TenantState>;

const LISTS = ['history', 'codes_sent'] as const;

/**
 * Each exchange of a shard is looked up in all its histories: with ten thousand tenants that is too
 * much to search through.
 */
const indexes = new WeakMap<States, CredentialIndex>();

/**
 * The tenants whose history, or whose codes sent, hold the fingerprint: with their states, in the
 * order of their names.
 */
export function whoHas(
  states: States,
  list: keyof CredentialIndex,
  fingerprint: string,
): [string, TenantState][] {
  const names = indexOf(states)[list].get(fingerprint) ?? [];
  return names.toSorted().flatMap((name): [string, TenantState][] => {
    const state = states.get(name);
    return state ? [[name, state]] : [];
  });
}

/**
 * A copy to change by putState alone. It takes the index along; the original's would be made anew.
 */
export function copyStates(states: States): Map<string, TenantState> {
  const copy = new Map(states);
  const index = indexes.get(states);
  if (index) indexes.set(copy, index);
  indexes.delete(states);
  return copy;
}

/** Sets one tenant's state in a map made by copyStates. */
export function putState(states: Map<string, TenantState>, name: string, state: TenantState): void {
  const index = indexes.get(states);
  const before = states.get(name);
  states.set(name, state);
  if (!index) return;
  for (const list of LISTS) {
    const [old, now] = [before?.[list] ?? [], state[list]];
    if (old === now) continue;
    const [had, has] = [new Set(old), new Set(now)];
    for (const gone of old) if (!has.has(gone)) strike(index[list], gone, name);
    for (const fresh of now) if (!had.has(fresh)) enter(index[list], fresh, name);
  }
}

function indexOf(states: States): CredentialIndex {
  const known = indexes.get(states);
  if (known) return known;
  const index: CredentialIndex = { history: new Map(), codes_sent: new Map() };
  for (const [name, state] of states)
    for (const list of LISTS) for (const one of state[list]) enter(index[list], one, name);
  indexes.set(states, index);
  return index;
}

function enter(names: Map<string, string[]>, fingerprint: string, name: string): void {
  const known = names.get(fingerprint);
  if (known) known.push(name);
  else names.set(fingerprint, [name]);
}

function strike(names: Map<string, string[]>, fingerprint: string, name: string): void {
  const rest = names.get(fingerprint)?.filter((known) => known !== name) ?? [];
  if (rest.length > 0) names.set(fingerprint, rest);
  else names.delete(fingerprint);
}
