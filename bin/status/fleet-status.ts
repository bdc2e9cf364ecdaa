import { clockFactsOf } from '../../lambda/ahead/clock-facts.ts';
import { type End, endsOf } from '../../lambda/ahead/ends.ts';
import { marksOf } from '../../lambda/ahead/tenant-marks.ts';
import { credentialOf, isBeforeFix } from '../../lambda/ask/tried.ts';
import { familyOfTenant, newestToken } from '../../lambda/history/families.ts';
import {
  newTenantState,
  type ShardState,
  type TenantError,
  type TenantState,
} from '../../lambda/history/shard-state.ts';
import { accountFacts } from '../../lambda/history/tenant-account.ts';
import { accountHold } from '../../lambda/map/account-hold.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { type TenantTraits, traitsOf } from '../../lambda/map/tenant-filter.ts';
import { trustIssued } from '../../lambda/map/trust-issued.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { ErrorCode, Failure } from '../../lambda/outcome.ts';
import { isStatic } from '../../lambda/providers/request-fields.ts';
import { standingFailure } from '../../lambda/report/entry-failure.ts';
import { noTokenLeft, rememberedFailure } from '../../lambda/report/failure.ts';
import { type FailureFacts, factsOf } from '../../lambda/report/failure-facts.ts';
import type { OpenLink } from './read-open-links.ts';

/** How one tenant is. Holds no secret. */
export interface TenantStatus extends TenantTraits {
  tenant: string;
  shard: string;
  title: string | null;
  /** `new`: never rotated. `invited`: never connected, and a link is open. Else why it fails. */
  state: 'ok' | 'new' | 'invited' | 'expired' | 'disabled' | 'moved' | ErrorCode;
  grant_type: string | null;
  expires_at: string | null;
  rotated_at: string | null;
  /** Everything of it that will end beside its access token, the nearest first. */
  ends: End[];
  failing_since: string | null;
  /** Of the current refresh token. */
  fingerprint: string | null;
  /** Hash of the account that its newest consent came from, or null where it is not known. */
  account: string | null;
  /** The failure, in the words of a run. */
  error: Failure | null;
  next_step: string | null;
  /** The open connect link of a tenant that waits for its owner's consent. */
  link: OpenLink | null;
}

/** Returns how every tenant of a shard fares, from its map and its state alone. */
export function statusOfShard(
  shard: string,
  stored: VaultMap,
  { tenants, knowledge }: Pick<ShardState, 'tenants' | 'knowledge'>,
  now: number,
): TenantStatus[] {
  const map = trustIssued(stored, knowledge);
  return [...map.tenants.keys()].map((name) => {
    const state = tenants.get(name) ?? newTenantState;
    const known = {
      shard,
      name,
      map,
      state,
      knowledge,
    };
    return { ...traitsOf(name, map), ...factsAbout(known), ...verdictOn(known, now) };
  });
}

/** The facts of a verdict. */
interface Known {
  shard: string;
  name: string;
  map: VaultMap;
  state: TenantState;
  knowledge: ShardState['knowledge'];
}

type Verdict = Pick<TenantStatus, 'state' | 'error' | 'next_step'>;

function factsAbout({ shard, name, map, state, knowledge }: Known) {
  const token = newestToken(knowledge, name);
  const marks = marksOf({ tenants: new Map([[name, state]]), knowledge }, name);
  const resolved = resolveTenant(name, map);
  return {
    tenant: name,
    shard,
    title: isTenant(resolved) ? resolved.title : null,
    provider: isTenant(resolved) ? resolved.provider.id : resolved.provider,
    grant_type: isTenant(resolved) && !isStatic(resolved.provider) ? resolved.grant : null,
    expires_at: token?.expires_at ?? null,
    rotated_at: token?.rotated_at ?? null,
    ends: isTenant(resolved) ? endsOf(clockFactsOf(resolved, marks)) : [],
    failing_since: state.error?.since ?? null,
    fingerprint: familyOfTenant(knowledge, name)?.current ?? null,
    account: state.account?.found[0] ?? null,
    link: null,
  };
}

function verdictOn(known: Known, now: number): Verdict {
  const { shard, name, map, state, knowledge } = known;
  if (state.moved_to !== null) {
    return toDo('moved', `Finish the split: tokens shard split ${shard} --to ${state.moved_to}`);
  }
  const resolved = resolveTenant(name, map);
  if (!resolved.enabled) {
    return { state: 'disabled', error: null, next_step: null };
  }
  const standing = standingFailure(resolved, { map, knowledge, error: state.error });
  if (standing) {
    return failing(standing);
  }
  return isTenant(resolved) ? verdictOnTenant(known, resolved, now) : SETTLED;
}

function verdictOnTenant(
  { shard, name, state, knowledge }: Known,
  resolved: Tenant,
  now: number,
): Verdict {
  if (state.error) {
    const facts = { ...factsOf(resolved), shard, ...accountFacts(state.account) };
    const isFixed = isBeforeFix(state.error, resolved) || isSettled(resolved, state, knowledge);
    return isFixed ? failingBefore(state.error, facts) : failingNow(state.error, facts);
  }
  if (isStatic(resolved.provider)) {
    return SETTLED;
  }
  const token = newestToken(knowledge, name);
  if (!token) {
    return toDo('new', `Get its first token: tokens rotate ${name}`);
  }
  if (token.expires_at === null || Date.parse(token.expires_at) > now) {
    return SETTLED;
  }
  return resolved.grant_chosen_by === 'none'
    ? failing(noTokenLeft(resolved))
    : toDo('expired', `Get a fresh token: tokens rotate ${name}`);
}

const SETTLED: Verdict = { state: 'ok', error: null, next_step: null };

function toDo(state: TenantStatus['state'], nextStep: string): Verdict {
  return { state, error: null, next_step: nextStep };
}

function failing(error: Failure): Verdict {
  return { state: error.code, error, next_step: error.next_step };
}

/** The operator has accepted the account, or put the earlier credential back. */
function isSettled(
  tenant: Tenant,
  state: TenantState,
  knowledge: ShardState['knowledge'],
): boolean {
  const tenants = new Map([[tenant.name, state]]);
  const isOther = state.error?.code === 'account_changed';
  return isOther && accountHold(tenant, credentialOf(tenant), { tenants, knowledge }) === null;
}

function failingNow(error: TenantError, facts: FailureFacts): Verdict {
  return failing(rememberedFailure(error, facts));
}

/** A tenant of which something was corrected since it failed may be well again: a run says so. */
function failingBefore(failure: TenantError, facts: FailureFacts): Verdict {
  const next_step = `This failure is older than your fix. See if it is gone: tokens rotate ${facts.tenant}`;
  return { ...failingNow(failure, facts), next_step };
}
