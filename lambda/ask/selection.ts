import { isFromCode, newestToken } from '../history/families.ts';
import { newTenantState, type TenantState } from '../history/shard-state.ts';
import { type InvalidTenant, isTenant, resolveTenant, type Tenant } from '../map/tenant-entry.ts';
import { isMeant, type TenantTraits, traitsOf } from '../map/tenant-filter.ts';
import type { Failure } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import { describeFailure, factsOf } from '../report/failure.ts';
import { type Due, dueOf, leftMs } from './due.ts';
import { type Hindrance, hindranceOf } from './hindrance.ts';
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
 * Decides about every wanted tenant of the map: codes first, since they end soonest, then those
 * that waited longest.
 */
export function choose(view: ShardView, wanted: Wanted): Choice[] {
  const holders = findHolders(view.map);
  const choices = [...view.map.tenants.keys()].flatMap((name) => {
    const candidate = candidateOf(view, wanted, name);
    return (candidate && decide(view, wanted, holders, candidate)) ?? [];
  });
  return inOrder(view, choices);
}

/**
 * Returns the tenants that are asked along with one that is refreshed on demand, so that secret
 * versions stay few: those in order whose token ends soon, and is past half of its life.
 */
export function chooseCompanions(view: ShardView, named: string): Extract<Choice, { do: 'ask' }>[] {
  const holders = findHolders(view.map);
  const wanted: Wanted = { kind: 'all' };
  const asks = [...view.map.tenants.keys()].flatMap((name) => {
    const candidate = name === named ? null : candidateOf(view, wanted, name);
    if (!candidate || !isCompanion(view, candidate)) return [];
    const choice = decide(view, wanted, holders, candidate);
    return choice?.do === 'ask' ? [choice] : [];
  });
  return inOrder(view, asks);
}

/** On demand, others come along when their token ends within this. */
const COALESCE_MS = 30 * 60_000;

function isCompanion(view: ShardView, { entry, state }: Candidate): boolean {
  if (!isTenant(entry) || state.error !== null) return false;
  const left = leftMs(view, entry.name);
  if (left === null) return true;
  return left <= COALESCE_MS && !isYoung(view, entry.name, left);
}

function inOrder<T extends Choice>(view: ShardView, choices: T[]): T[] {
  const keyed = choices.map((choice) => ({ choice, key: urgency(view, choice) }));
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map((one) => one.choice);
}

function urgency({ knowledge }: ShardView, choice: Choice): string {
  if (choice.do === 'ask' && isCodeGrant(choice.tenant.grant)) return '';
  return newestToken(knowledge, choice.name)?.rotated_at ?? '0';
}

function candidateOf(view: ShardView, wanted: Wanted, name: string): Candidate | null {
  const named = isNamed(wanted, name);
  const entry = resolveTenant(name, view.map);
  if (!isWanted(wanted, named, traitsOf(name, view.map))) return null;
  return {
    name,
    entry,
    isNamed: named,
    state: view.tenants.get(name) ?? newTenantState,
  };
}

function isWanted(wanted: Wanted, named: boolean, traits: TenantTraits): boolean {
  if (wanted.kind === 'all') return true;
  if (wanted.kind === 'on_demand') return named;
  if (wanted.names && !named) return false;
  return isMeant(wanted, traits);
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
  const about = { name, provider: providerOf(entry) };
  if (!entry.enabled) {
    return candidate.isNamed ? { ...about, do: 'skip', reason: 'it is disabled' } : null;
  }
  const due = dueOf(view, wanted, name);
  if (due.kind === 'fresh' && !isUnfinished(view, wanted, entry)) {
    return candidate.isNamed
      ? {
          ...about,
          do: 'skip',
          reason: 'its token is fresh',
          ...ending(due),
        }
      : null;
  }
  const hindrance: Hindrance | null = hindranceOf(view, entry, holders);
  if (hindrance) return { ...about, ...hindrance };
  if (!isTenant(entry)) return null;
  const rest = reasonToRest(view, wanted, candidate, entry);
  return rest ?? ask(holders, entry);
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
  const { isNamed: named } = candidate;
  const failing = restAfterFailure(view, wanted, candidate, tenant);
  if (failing) return failing;
  const young = restForAge(view, tenant);
  if (young) return young;
  if (named || awaitsSecond(view, tenant)) return null;
  const left = leftMs(view, tenant.name) ?? 0;
  const about = { name: tenant.name, provider: tenant.provider.id, ...endingIn(view, left) };
  if (view.recovered.has(tenant.name) && left > RECOVERED_LIFE_MS) {
    return { ...about, do: 'report_recovered', reason: 'its credential was put back' };
  }
  if (isIdle(view, tenant) && isYoung(view, tenant.name, left)) {
    return { ...about, do: 'skip', reason: 'more than half of its token’s life remains' };
  }
  return null;
}

/** Some platforms renew no token that is young, or asked for again soon. */
function restForAge(view: ShardView, tenant: Tenant): Choice | null {
  const { min_interval_s = 0, min_age_s = 0 } = tenant.provider.per_credential ?? {};
  const token = newestToken(view.knowledge, tenant.name);
  const isNew = tenant.grant === 'authorization_code' || isFromCode(view.knowledge, tenant.name);
  if (!token || isNew) return null;
  const restMs = Math.max(min_interval_s, min_age_s) * 1000;
  const ageMs = view.now - Date.parse(token.rotated_at);
  // A token of the future was issued under a wrong clock. Its age is not known.
  if (ageMs < 0 || ageMs >= restMs) return null;
  const from = Date.parse(token.rotated_at) + restMs;
  const reason = `${tenant.provider.title} renews it from ${new Date(from).toISOString()} on`;
  const left = leftMs(view, tenant.name) ?? 0;
  return {
    do: 'skip',
    name: tenant.name,
    provider: tenant.provider.id,
    reason,
    ...endingIn(view, left),
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
  // Whether it still holds is known without asking.
  if (error?.code === 'account_changed') return null;
  if (!error || error.credential === null || isBeforeFix(error, tenant)) return null;
  const about = { name, provider: tenant.provider.id };
  const needsPerson = error.code === 'needs_authorization';
  if (wanted.kind === 'on_demand') {
    const isRecent = view.now < Date.parse(error.tried_at) + RETRY_AFTER_MS;
    if (!needsPerson && !isRecent) return null;
    const facts = { ...factsOf(tenant), ...error.reply, shard: view.shard };
    const failure = describeFailure(error.code, facts);
    return {
      ...about,
      do: 'fail',
      known: true,
      failure,
    };
  }
  if (!needsPerson || named || wanted.kind === 'all') return null;
  const reason = 'it needs authorization; every full run tries it again';
  return { ...about, do: 'skip', reason };
}

/**
 * Returns whether the tenant's grant spends nothing, and its token was issued for the same request.
 */
function isIdle({ knowledge }: ShardView, { name, credential, identity }: Tenant): boolean {
  return credential.kind === 'none' && newestToken(knowledge, name)?.for === identity;
}

/** Returns whether more than half of the life of a tenant's token remains. */
function isYoung({ knowledge }: ShardView, name: string, left: number): boolean {
  const token = newestToken(knowledge, name);
  if (!token || token.expires_at === null) return false;
  const life = Date.parse(token.expires_at) - Date.parse(token.rotated_at);
  return left > life / 2;
}

function ending(due: Due): { expiresAt?: string } {
  return due.expiresAt === null ? {} : { expiresAt: new Date(due.expiresAt).toISOString() };
}

function endingIn({ now }: ShardView, left: number): { expiresAt?: string } {
  return left > 0 && Number.isFinite(left) ? { expiresAt: new Date(now + left).toISOString() } : {};
}
