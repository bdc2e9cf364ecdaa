import { causeText, isExplained } from '../../lambda/report/cause-groups.ts';
import { groupExplained } from '../operations/explain-status.ts';
import type { FleetSnapshot, FleetTenant, StateKind } from './fleet-snapshot.ts';

/** How many tenants are in a state. */
interface StateCount {
  state: string;
  kind: StateKind;
  count: number;
}

/** Tenants that wait for the same thing. */
interface ToDo {
  /** Says in words how they are, or why they fail. */
  why: string;
  count: number;
  /** The first few names. */
  names: string[];
  next_step: string;
}

/** How many access tokens end within a time. */
interface EndsWithin {
  label: string;
  count: number;
}

/** The fleet in one look. */
export interface FleetFigures {
  states: StateCount[];
  toDo: ToDo[];
  ends: EndsWithin[];
}

const HOUR_MS = 3_600_000;
const SPANS: readonly [label: string, withinMs: number][] = [
  ['ended', 0],
  ['within 1 hour', HOUR_MS],
  ['within 6 hours', 6 * HOUR_MS],
  ['within 1 day', 24 * HOUR_MS],
  ['within 7 days', 7 * 24 * HOUR_MS],
  ['within 30 days', 30 * 24 * HOUR_MS],
  ['later', Number.POSITIVE_INFINITY],
];
const NAMES_SHOWN = 3;

/** Counts a fleet. */
export function figuresOf({ tenants, explained, at }: FleetSnapshot): FleetFigures {
  const failing = new Set(explained.map(({ status }) => `${status.shard}/${status.tenant}`));
  const others = tenants.filter(({ shard, tenant }) => !failing.has(`${shard}/${tenant}`));
  const toDo = [...failuresToDo(explained), ...groupToDo(others)];
  return {
    states: countStates(tenants),
    toDo: toDo.sort((a, b) => b.count - a.count),
    ends: countEnds(tenants, at),
  };
}

/** Returns a state in words. */
export function stateText(state: string): string {
  return state.replaceAll('_', ' ');
}

function failuresToDo(explained: FleetSnapshot['explained']): ToDo[] {
  return groupExplained(explained).map((group) => ({
    why: isExplained(group) ? causeText(group) : stateText(group.code),
    count: group.tenants.length,
    names: group.tenants.slice(0, NAMES_SHOWN),
    next_step: group.next_step,
  }));
}

function countStates(tenants: readonly FleetTenant[]): StateCount[] {
  const counts = new Map<string, StateCount>();
  for (const { state, kind } of tenants) {
    const count = (counts.get(state)?.count ?? 0) + 1;
    counts.set(state, { state, kind, count });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** A next step differs by the tenant's name alone where the cause is the same. */
function groupToDo(tenants: readonly FleetTenant[]): ToDo[] {
  const groups = new Map<string, ToDo>();
  for (const { tenant, state, next_step } of tenants) {
    if (next_step === null) continue;
    const step = next_step.replaceAll(tenant, 'NAME');
    const none = { why: stateText(state), count: 0, names: [], next_step: step };
    const group = groups.get(`${state} ${step}`) ?? none;
    group.count += 1;
    if (group.names.length < NAMES_SHOWN) group.names.push(tenant);
    groups.set(`${state} ${step}`, group);
  }
  return [...groups.values()].map((group) => (group.count === 1 ? withName(group) : group));
}

function withName(group: ToDo): ToDo {
  return { ...group, next_step: group.next_step.replaceAll('NAME', group.names[0] ?? 'NAME') };
}

function countEnds(tenants: readonly FleetTenant[], now: number): EndsWithin[] {
  const left = tenants
    .filter(({ expires_at, kind }) => expires_at !== null && kind !== 'off')
    .map(({ expires_at }) => Date.parse(expires_at ?? '') - now);
  let before = Number.NEGATIVE_INFINITY;
  return SPANS.map(([label, withinMs]) => {
    const count = left.filter((ms) => ms > before && ms <= withinMs).length;
    before = withinMs;
    return { label, count };
  });
}
