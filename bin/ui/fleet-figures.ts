import type { End } from '../../lambda/ahead/ends.ts';
import { causeText, isExplained } from '../../lambda/report/cause-groups.ts';
import { groupExplained } from '../status/explain-status.ts';
import {
  type FleetSnapshot,
  type FleetTenant,
  KIND_RANK,
  kindOf,
  type StateKind,
} from './fleet-snapshot.ts';
import { stateText } from './fleet-table.ts';

/** How many tenants are in a state. */
interface StateCount {
  state: FleetTenant['state'];
  kind: StateKind;
  count: number;
}

/** Tenants that wait for the same thing. */
interface ToDo {
  /** Says in words how they are, or why they fail. */
  why: string;
  kind: StateKind;
  count: number;
  /** The first few names. */
  names: string[];
  next_step: string;
}

/** How many access tokens end within a time. */
interface EndsWithin {
  label: string;
  /** Says how near it is. */
  kind: StateKind;
  count: number;
}

/** Something that ends and that no run renews. */
interface NextEnd extends Pick<End, 'kind' | 'at'> {
  tenant: string;
}

/** The fleet in one look. */
export interface FleetFigures {
  states: StateCount[];
  toDo: ToDo[];
  ends: EndsWithin[];
  /** The nearest first. */
  nextEnds: NextEnd[];
}

const HOUR_MS = 3_600_000;
const SPANS: readonly [label: string, withinMs: number, kind: StateKind][] = [
  ['ended', 0, 'bad'],
  ['1 h', HOUR_MS, 'waiting'],
  ['6 h', 6 * HOUR_MS, 'good'],
  ['1 day', 24 * HOUR_MS, 'good'],
  ['7 days', 7 * 24 * HOUR_MS, 'good'],
  ['30 days', 30 * 24 * HOUR_MS, 'good'],
  ['later', Number.POSITIVE_INFINITY, 'good'],
];
const ENDS_SHOWN = 5;
/** What ends later than this is no news. */
const ENDS_WITHIN_MS = 90 * 24 * HOUR_MS;
const NAMES_SHOWN = 3;

/** While a filter is typed, the same fleet is counted for each letter. */
const counted = new WeakMap<FleetSnapshot['tenants'], FleetFigures>();

/** Counts a fleet. Tenants that were not read again are not counted again. */
export function figuresOf(snapshot: FleetSnapshot): FleetFigures {
  const figures = counted.get(snapshot.tenants) ?? countFleet(snapshot);
  counted.set(snapshot.tenants, figures);
  return figures;
}

function countFleet({ tenants, explained, at }: FleetSnapshot): FleetFigures {
  const failing = new Set(explained.map(({ status }) => `${status.shard}/${status.tenant}`));
  const others = tenants.filter(({ shard, tenant }) => !failing.has(`${shard}/${tenant}`));
  const toDo = [...failuresToDo(explained), ...groupToDo(others)];
  return {
    states: countStates(tenants),
    toDo: toDo.sort((a, b) => KIND_RANK[a.kind] - KIND_RANK[b.kind] || b.count - a.count),
    ends: countEnds(tenants, at),
    nextEnds: nextEndsOf(tenants, at),
  };
}

function failuresToDo(explained: FleetSnapshot['explained']): ToDo[] {
  return groupExplained(explained).map((group) => ({
    why: isExplained(group) ? causeText(group) : stateText(group.code),
    kind: kindOf(group.code),
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
  return [...counts.values()].sort(
    (a, b) => KIND_RANK[a.kind] - KIND_RANK[b.kind] || b.count - a.count,
  );
}

/** A next step differs by the tenant's name alone where the cause is the same. */
function groupToDo(tenants: readonly FleetTenant[]): ToDo[] {
  const groups = new Map<string, ToDo>();
  for (const { tenant, state, kind, next_step } of tenants) {
    if (next_step === null) {
      continue;
    }
    const step = withoutName(next_step, tenant);
    const none = {
      why: stateText(state),
      kind,
      count: 0,
      names: [],
      next_step: step,
    };
    const group: ToDo = groups.get(`${state} ${step}`) ?? none;
    group.count += 1;
    if (group.names.length < NAMES_SHOWN) {
      group.names.push(tenant);
    }
    groups.set(`${state} ${step}`, group);
  }
  return [...groups.values()].map((group) => (group.count === 1 ? withName(group) : group));
}

/** Such a step ends with a command for the tenant. */
function withoutName(step: string, tenant: string): string {
  return step.endsWith(` ${tenant}`) ? `${step.slice(0, -tenant.length)}NAME` : step;
}

function withName(group: ToDo): ToDo {
  return { ...group, next_step: group.next_step.replace(/NAME$/, group.names[0] ?? 'NAME') };
}

function countEnds(tenants: readonly FleetTenant[], now: number): EndsWithin[] {
  const left = tenants
    .filter(({ expires_at, kind }) => expires_at !== null && kind !== 'off')
    .map(({ expires_at }) => Date.parse(expires_at ?? '') - now);
  let before = Number.NEGATIVE_INFINITY;
  return SPANS.map(([label, withinMs, kind]) => {
    const count = left.filter((ms) => ms > before && ms <= withinMs).length;
    before = withinMs;
    return { label, kind, count };
  });
}

function nextEndsOf(tenants: readonly FleetTenant[], now: number): NextEnd[] {
  const until = new Date(now + ENDS_WITHIN_MS).toISOString();
  return tenants
    .flatMap(({ tenant, kind, end }) => (end && kind !== 'off' ? [{ ...end, tenant }] : []))
    .filter(({ at }) => at < until)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .slice(0, ENDS_SHOWN)
    .map(({ tenant, kind, at }) => ({ tenant, kind, at }));
}
