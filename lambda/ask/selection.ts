import { newestToken } from '../history/families.ts';
import { newTenantState } from '../history/shard-state.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { isMeant, type TenantTraits, traitsOf } from '../map/tenant-filter.ts';
import { DISABLED } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import type { Candidate, Choice } from './choice.ts';
import { type Due, dueOf, isYoung, leftMs } from './due.ts';
import { hindranceOf } from './hindrance.ts';
import { findHolders, type Holders, othersHolding } from './holders.ts';
import { awaitsSecond, reasonToRest } from './reason-to-rest.ts';
import type { ShardView } from './shard-view.ts';
import { isNamed, type Wanted } from './wanted.ts';

/**
 * Decides about every wanted tenant of the map. Codes come first, since they end soonest, then the
 * tenants that waited longest.
 */
export function choose(view: ShardView, wanted: Wanted): Choice[] {
  const holders = findHolders(view.map);
  const choices = [...view.map.tenants.keys()].flatMap((name) => {
    const candidate = candidateOf(view, wanted, name);
    if (!candidate) {
      return [];
    }
    return decide(view, wanted, holders, candidate) ?? [];
  });
  return inOrder(view, choices);
}

/**
 * Returns the tenants that are asked along with one that is refreshed on demand, so that secret
 * versions stay few. Their token ends soon, and is past half of its life.
 */
export function chooseCompanions(view: ShardView, named: string): Extract<Choice, { do: 'ask' }>[] {
  const holders = findHolders(view.map);
  const wanted: Wanted = { kind: 'all' };
  const others = [...view.map.tenants.keys()].filter((name) => name !== named);
  const asks = others.flatMap((name) => {
    const candidate = candidateOf(view, wanted, name);
    if (!candidate || !isCompanion(view, candidate)) {
      return [];
    }
    const choice = decide(view, wanted, holders, candidate);
    return choice?.do === 'ask' ? [choice] : [];
  });
  return inOrder(view, asks);
}

/** On demand, others come along when their token ends within this. */
const COALESCE_MS = 30 * 60_000;

function isCompanion(view: ShardView, { entry, state }: Candidate): boolean {
  if (!isTenant(entry) || state.error !== null) {
    return false;
  }
  const left = leftMs(view, entry.name);
  if (left === null) {
    return true;
  }
  return left <= COALESCE_MS && !isYoung(view, entry.name, left);
}

function inOrder<T extends Choice>(view: ShardView, choices: T[]): T[] {
  const keyed = choices.map((choice) => ({ choice, key: urgency(view, choice) }));
  keyed.sort((a, b) => compareText(a.key, b.key));
  return keyed.map(({ choice }) => choice);
}

function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

function urgency({ knowledge }: ShardView, choice: Choice): string {
  if (choice.do === 'ask' && isCodeGrant(choice.tenant.grant)) {
    return '';
  }
  return newestToken(knowledge, choice.name)?.rotated_at ?? '0';
}

function candidateOf(view: ShardView, wanted: Wanted, name: string): Candidate | null {
  const named = isNamed(wanted, name);
  if (!isWanted(wanted, named, traitsOf(name, view.map))) {
    return null;
  }
  return {
    name,
    entry: resolveTenant(name, view.map),
    isNamed: named,
    state: view.tenants.get(name) ?? newTenantState,
  };
}

function isWanted(wanted: Wanted, named: boolean, traits: TenantTraits): boolean {
  switch (wanted.kind) {
    case 'all':
      return true;
    case 'on_demand':
      return named;
    case 'filtered': {
      const isNameMeant = wanted.names === null || named;
      return isNameMeant && isMeant(wanted, traits);
    }
  }
}

function providerOf(entry: Tenant | InvalidTenant): string | null {
  return isTenant(entry) ? entry.provider.id : entry.provider;
}

function decide(
  view: ShardView,
  wanted: Wanted,
  holders: Holders,
  candidate: Candidate,
): Choice | null {
  const { name, entry } = candidate;
  const provider = providerOf(entry);
  const notDue = reasonNotDue(view, wanted, entry);
  if (notDue) {
    // Only tenants that were named are reported as skipped.
    return candidate.isNamed
      ? {
          do: 'skip',
          name,
          provider,
          ...notDue,
        }
      : null;
  }
  const hindrance = hindranceOf(view, entry, holders);
  if (hindrance) {
    return { name, provider, ...hindrance };
  }
  if (!isTenant(entry)) {
    return null;
  }
  const rest = reasonToRest(view, wanted, candidate, entry);
  return rest ?? ask(holders, entry);
}

/** Says why an entry needs no new token in this kind of run. */
function reasonNotDue(
  view: ShardView,
  wanted: Wanted,
  entry: Tenant | InvalidTenant,
): { reason: string; expiresAt?: string } | null {
  if (!entry.enabled) {
    return { reason: DISABLED };
  }
  const due = dueOf(view, wanted, entry.name);
  if (due.kind === 'due' || isUnfinished(view, wanted, entry)) {
    return null;
  }
  return { reason: 'its token is fresh', ...ending(due) };
}

/**
 * Returns whether the exchange that follows a code's at once was not made, because a run died or it
 * failed. It is due in every run that was not made for one caller. The first token lives an hour.
 */
function isUnfinished(view: ShardView, wanted: Wanted, entry: Tenant | InvalidTenant): boolean {
  return wanted.kind !== 'on_demand' && isTenant(entry) && awaitsSecond(view, entry);
}

function ask(holders: Holders, tenant: Tenant): Choice {
  const sharing = othersHolding(holders, tenant);
  const warning = `It shares one credential with ${sharing.join(', ')}.`;
  return {
    do: 'ask',
    name: tenant.name,
    tenant,
    ...(sharing.length > 0 && { warning }),
  };
}

function ending({ expiresAt }: Due): { expiresAt?: string } {
  if (expiresAt === null) {
    return {};
  }
  return { expiresAt: new Date(expiresAt).toISOString() };
}
