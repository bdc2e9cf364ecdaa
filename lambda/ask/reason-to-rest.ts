import { isFromCode, newestToken } from '../history/families.ts';
import type { Tenant } from '../map/tenant.ts';
import { rememberedFailure } from '../report/failure.ts';
import { factsOf } from '../report/failure-facts.ts';
import type { Candidate, Choice } from './choice.ts';
import { isYoung, leftMs } from './due.ts';
import type { ShardView } from './shard-view.ts';
import { isBeforeFix } from './tried.ts';
import type { Wanted } from './wanted.ts';

/** On demand, a tenant that failed is not asked again sooner. */
const RETRY_AFTER_MS = 60_000;
/** A recovered tenant is left alone while its token has this long. */
const RECOVERED_LIFE_MS = 5 * 60_000;

/** Says why a tenant that is due and in order is not asked in this kind of run. */
export function reasonToRest(
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

/** Tells whether the exchange that follows a code's at once is still to be made. */
export function awaitsSecond({ knowledge }: ShardView, { name, next }: Tenant): boolean {
  return next !== null && isFromCode(knowledge, name);
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

function endingIn({ now }: ShardView, left: number): { expiresAt?: string } {
  if (left <= 0 || !Number.isFinite(left)) {
    return {};
  }
  return { expiresAt: new Date(now + left).toISOString() };
}
