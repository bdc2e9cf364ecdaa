import { isFromCode, newestToken } from '../history/families.ts';
import { newTenantState, type TenantState } from '../history/shard-state.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { isMeant, type TenantTraits, traitsOf } from '../map/tenant-filter.ts';
import { DISABLED, type Failure } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import { rememberedFailure } from '../report/failure.ts';
import { factsOf } from '../report/failure-facts.ts';
import { type Due, dueOf, isYoung, leftMs } from './due.ts';
import { hindranceOf } from './hindrance.ts';
import { findHolders, type Holders, othersHolding } from './holders.ts';
import type { ShardView } from './shard-view.ts';
import { isBeforeFix } from './tried.ts';
import { isNamed, type Wanted } from './wanted.ts';

export type Choice =
  | { do: 'ask'; name: string; tenant: Tenant; warning?: string }
  | {
      do: 'skip' | 'defer' | 'report_recovered';
      name: string;
      provider: string | null;
      reason: string;
      expiresAt?: string;
    }
  /** `known`: on demand, the failure of a while ago is reported again without asking. */
  | { do: 'fail'; name: string; provider: string | null; failure: Failure; known?: true };

/** On demand, a tenant that failed is not asked again sooner. */
const RETRY_AFTER_MS = 60_000;
/** A recovered tenant is left alone while its token has this long. */
const RECOVERED_LIFE_MS = 5 * 60_000;

/** One tenant that is being decided about. */
interface Candidate {
  name: string;
  entry: Tenant | InvalidTenant;
  state: TenantState;
  isNamed: boolean;
}

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

function awaitsSecond({ knowledge }: ShardView, { name, next }: Tenant): boolean {
  return next !== null && isFromCode(knowledge, name);
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

/** Says why a tenant that is due and in order is not asked in this kind of run. */
function reasonToRest(
  view: ShardView,
  wanted: Wanted,
  candidate: Candidate,
  tenant: Tenant,
): Choice | null {
  const rest = restAfterFailure(view, wanted, candidate, tenant) ?? restForAge(view, tenant);
  if (rest) {
    return rest;
  }
  if (candidate.isNamed || awaitsSecond(view, tenant)) {
    return null;
  }
  return restForLife(view, tenant);
}

/** A token that lives long enough needs no other, where that costs nothing. */
function restForLife(view: ShardView, tenant: Tenant): Choice | null {
  const { name, provider } = tenant;
  const left = leftMs(view, name) ?? 0;
  const about = { name, provider: provider.id };
  if (view.recovered.has(name) && left > RECOVERED_LIFE_MS) {
    return {
      ...about,
      ...endingIn(view, left),
      do: 'report_recovered',
      reason: 'its credential was put back',
    };
  }
  if (isIdle(view, tenant) && isYoung(view, name, left)) {
    return {
      ...about,
      ...endingIn(view, left),
      do: 'skip',
      reason: 'more than half of its token’s life remains',
    };
  }
  return null;
}

/** Some platforms renew no token that is young, or asked for again soon. */
function restForAge(view: ShardView, tenant: Tenant): Choice | null {
  const { name, provider } = tenant;
  const { min_interval_s = 0, min_age_s = 0 } = provider.per_credential ?? {};
  const token = newestToken(view.knowledge, name);
  const isNew = tenant.grant === 'authorization_code' || isFromCode(view.knowledge, name);
  if (!token || isNew) {
    return null;
  }
  const restMs = Math.max(min_interval_s, min_age_s) * 1000;
  const rotatedAt = Date.parse(token.rotated_at);
  const ageMs = view.now - rotatedAt;
  // A token of the future was issued under a wrong clock. Its age is not known.
  if (ageMs < 0 || ageMs >= restMs) {
    return null;
  }
  const from = new Date(rotatedAt + restMs).toISOString();
  return {
    do: 'skip',
    name,
    provider: provider.id,
    reason: `${provider.title} renews it from ${from} on`,
    ...endingIn(view, leftMs(view, name) ?? 0),
  };
}

/** A failure that only a person can mend is tried again by full runs, and by name. */
function restAfterFailure(
  view: ShardView,
  wanted: Wanted,
  { state, isNamed: named, name }: Candidate,
  tenant: Tenant,
): Choice | null {
  const { error } = state;
  if (!error || error.credential === null || isBeforeFix(error, tenant)) {
    return null;
  }
  // A run knows without asking if this one still holds.
  if (error.code === 'account_changed') {
    return null;
  }
  const about = { name, provider: tenant.provider.id };
  const needsPerson = error.code === 'needs_authorization';
  if (wanted.kind === 'on_demand') {
    const isRecent = view.now < Date.parse(error.tried_at) + RETRY_AFTER_MS;
    if (!needsPerson && !isRecent) {
      return null;
    }
    return {
      ...about,
      do: 'fail',
      known: true,
      failure: rememberedFailure(error, { ...factsOf(tenant), shard: view.shard }),
    };
  }
  if (!needsPerson || named || wanted.kind === 'all') {
    return null;
  }
  const reason = 'it needs authorization; every full run tries it again';
  return { ...about, do: 'skip', reason };
}

/**
 * Returns whether the tenant's grant spends nothing, and its token was issued for the same request.
 */
function isIdle({ knowledge }: ShardView, { name, credential }: Tenant): boolean {
  return credential.kind === 'none' && newestToken(knowledge, name)?.for === credential.identity;
}

function ending({ expiresAt }: Due): { expiresAt?: string } {
  if (expiresAt === null) {
    return {};
  }
  return { expiresAt: new Date(expiresAt).toISOString() };
}

function endingIn({ now }: ShardView, left: number): { expiresAt?: string } {
  if (left <= 0 || !Number.isFinite(left)) {
    return {};
  }
  return { expiresAt: new Date(now + left).toISOString() };
}
