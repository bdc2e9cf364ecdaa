import { fingerprint } from '../fingerprint.ts';
import { compare, currentOf, restore, type TenantStates } from '../history/history.ts';
import { newTenantState, type TenantState } from '../history/shard-state.ts';
import { endOf, type Published, type PublishedToken } from '../keep/published.ts';
import { type InvalidTenant, isTenant, resolveTenant, type Tenant } from '../map/tenant-entry.ts';
import { isMeant, type TenantFilter, traitsOf } from '../map/tenant-filter.ts';
import { heldCredentials, heldIn, type VaultMap } from '../map/vault-map.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { describeFailure, type FailureFacts, factsOf } from '../report/failure.ts';

/** Which tenants a run is for. */
export interface Wanted extends TenantFilter {
  /** Null: every enabled tenant. */
  names: ReadonlySet<string> | null;
  expiringWithinMs: number | null;
  /**
   * Set on demand: the only named tenant, asked only if its token is due, or is the one that was
   * refused.
   */
  onDemand: { refused: string | null } | null;
}

/** What a choice is made from. */
export interface ShardView {
  shard: string;
  map: VaultMap;
  states: TenantStates;
  published: Published;
  now: number;
  /** Tenants whose credential this run put back. */
  recovered: ReadonlySet<string>;
  /** Credentials that other shards hold, by fingerprint: the names of their holders. */
  elsewhere: ReadonlyMap<string, readonly string[]>;
  /** Tenants of other shards that have the same name. */
  namesElsewhere: ReadonlyMap<string, string>;
  /** Whether what nobody knows yet would be adopted: of a dry run. */
  adoptsLater: boolean;
}

export type Choice =
  | { do: 'ask'; name: string; tenant: Tenant; warning?: string }
  | {
      do: 'skip' | 'defer' | 'report_recovered';
      name: string;
      provider: string | null;
      reason: string;
      expiresAt?: string;
    }
  /** `known`: on demand, the failure of a while ago is told again without asking. */
  | { do: 'fail'; name: string; provider: string | null; failure: Failure; known?: true };

/**
 * On demand, the named tenant is refreshed when its token ends within this, the longest margin that
 * a consumer may ask with. It has to be well below COALESCE_MS: were they the same, each tenant of
 * a shard would be refreshed alone, in a version of its own.
 */
export const DUE_MS = 10 * 60_000;
/**
 * And then all tokens of the shard that end within this are refreshed with it, so that secret
 * versions stay few.
 */
const COALESCE_MS = 30 * 60_000;
/** A refused token younger than this is not replaced: the refusal has another cause. */
const REFUSED_AFTER_MS = 10 * 60_000;
/** On demand, a tenant that failed is not asked again sooner. */
const RETRY_AFTER_MS = 60_000;
/** A recovered tenant is left alone while its token has this long. */
const RECOVERED_LIFE_MS = 5 * 60_000;

/**
 * Decides about every wanted tenant of the map: codes first (they end soonest), then those that
 * waited longest.
 */
export function choose(view: ShardView, wanted: Wanted): Choice[] {
  const holders = holdersOf(view);
  const choices = [...view.map.tenants.keys()].flatMap(
    (name) => chooseOne(view, wanted, holders, name) ?? [],
  );
  const named = choices.filter(({ name }) => wanted.names?.has(name));
  // On demand, others come along where a version is made anyway.
  const chosen = wanted.onDemand && !named.some((choice) => choice.do === 'ask') ? named : choices;
  return chosen.sort((a, b) => compare(urgency(view, a), urgency(view, b)));
}

/**
 * Whether it is for every tenant: only such a run tries those that need authorization without being
 * told to.
 */
export function isFull(wanted: Wanted): boolean {
  const { names, provider, app, tag, expiringWithinMs } = wanted;
  return [names, provider, app, tag, expiringWithinMs].every((limit) => limit === null);
}

function chooseOne(view: ShardView, wanted: Wanted, holders: Holders, name: string): Choice | null {
  const entry = resolveTenant(name, view.map);
  const provider = isTenant(entry) ? entry.provider.id : entry.provider;
  const named = wanted.names?.has(name) ?? false;
  if (wanted.names && !named && !wanted.onDemand) return null;
  if (!isMeant(wanted, traitsOf(name, view.map))) return null;
  if (!entry.enabled)
    return named ? { do: 'skip', name, provider, reason: 'it is disabled' } : null;
  const state = view.states.get(name) ?? newTenantState;
  const expiresAt = tokenEnd(view, name, state);
  if (!isDue(view, wanted, named, name, expiresAt))
    return named
      ? { do: 'skip', name, provider, reason: 'its token is fresh', ...ending(expiresAt) }
      : null;
  const hindrance = hindranceOf(view, entry, state, holders);
  if (hindrance) return wanted.onDemand && !named ? null : { ...hindrance, name, provider };
  return isTenant(entry) ? chooseDue(view, wanted, entry, state, expiresAt, named, holders) : null;
}

/** Of a tenant that is due and in order: whether it is asked in this kind of run. */
function chooseDue(
  view: ShardView,
  wanted: Wanted,
  tenant: Tenant,
  state: TenantState,
  expiresAt: number | null,
  named: boolean,
  holders: Holders,
): Choice | null {
  const about = { name: tenant.name, provider: tenant.provider.id, ...ending(expiresAt) };
  const pressed = named && !wanted.onDemand;
  if (state.error && state.error.credential === credentialOf(tenant)) {
    if (
      wanted.onDemand &&
      (state.error.code === 'needs_authorization' ||
        view.now < Date.parse(state.error.tried_at) + RETRY_AFTER_MS)
    )
      return named
        ? {
            ...about,
            do: 'fail',
            known: true,
            failure: describeFailure(state.error.code, { ...factsOf(tenant), shard: view.shard }),
          }
        : null;
    if (state.error.code === 'needs_authorization' && !pressed && !isFull(wanted))
      return {
        ...about,
        do: 'skip',
        reason: 'it needs authorization; every full run tries it again',
      };
  }
  const left = expiresAt === null ? 0 : expiresAt - view.now;
  if (!named && view.recovered.has(tenant.name) && left > RECOVERED_LIFE_MS)
    return {
      ...about,
      do: 'report_recovered',
      reason: 'its credential was put back from the archive',
    };
  const life =
    expiresAt === null || state.rotated_at === null ? 0 : expiresAt - Date.parse(state.rotated_at);
  if (
    !named &&
    tenant.credential.kind === 'none' &&
    state.token_for === tenant.identity &&
    left > life / 2
  )
    return { ...about, do: 'skip', reason: 'more than half of its token’s life remains' };
  return { do: 'ask', name: tenant.name, tenant, ...holders.warning(tenant) };
}

function isDue(
  view: ShardView,
  wanted: Wanted,
  named: boolean,
  name: string,
  expiresAt: number | null,
): boolean {
  if (wanted.expiringWithinMs !== null)
    return expiresAt === null || expiresAt <= view.now + wanted.expiringWithinMs;
  if (!wanted.onDemand) return true;
  // Who has none yet is about to be asked for too: one version for all of a new shard, not one for
  // each of its tenants.
  if (expiresAt === null) return true;
  if (!named) return expiresAt <= view.now + COALESCE_MS;
  return (
    expiresAt <= view.now + DUE_MS ||
    isRefused(view.published.get(name), wanted.onDemand.refused, view.now)
  );
}

/** Whether this is the token that was refused, and old enough that a new one may help. */
export function isRefused(
  token: PublishedToken | undefined,
  refused: string | null,
  now: number,
): boolean {
  if (!token || refused === null || fingerprint(token.access_token) !== refused) return false;
  const issuedAt = Date.parse(/\/\d{8,}-([^/]+)\//.exec(token.archive_key)?.[1] ?? '');
  return !(issuedAt > now - REFUSED_AFTER_MS);
}

/** What keeps a tenant from being asked, whatever the run is for. */
function hindranceOf(
  view: ShardView,
  entry: Tenant | InvalidTenant,
  state: TenantState,
  holders: Holders,
): Hindrance | null {
  const { name } = entry;
  if (state.moved_to !== null)
    return { do: 'skip', reason: `it was moved to shard ${state.moved_to}` };
  const twin = view.namesElsewhere.get(name);
  if (twin !== undefined)
    return fail('invalid_entry', {
      tenant: name,
      path: `tenants.${name}`,
      cause: `shard ${twin} has a tenant of the same name`,
    });
  if (!isTenant(entry)) return { do: 'fail', failure: failureOfEntry(entry, view) };
  const others = holders.rivals(entry, view.elsewhere);
  if (others.length > 0) return fail('duplicate_credential', { ...factsOf(entry), others });
  const { credential } = entry;
  if (credential.kind !== 'refresh_token' || currentOf(state) === credential.fingerprint)
    return null;
  if (holders.holdsSucceeded(name)) return { do: 'fail', failure: lostSuccessor(entry) };
  return view.adoptsLater
    ? null
    : {
        do: 'defer',
        reason:
          'the vault as read is older than one seen before: save it once more if it was rolled back',
      };
}

function lostSuccessor(tenant: Tenant): Failure {
  const failure = describeFailure('needs_authorization', factsOf(tenant));
  return {
    ...failure,
    message: `The token of tenant ${tenant.name} was replaced by a newer one, which the archive has no longer: it is not sent again.`,
  };
}

type Hindrance = { do: 'skip' | 'defer'; reason: string } | { do: 'fail'; failure: Failure };

function fail(code: ErrorCode, facts: FailureFacts): Hindrance {
  return { do: 'fail', failure: describeFailure(code, facts) };
}

/** An entry that only lacks a credential needs authorization; anything else about it is wrong. */
function failureOfEntry(
  { name, path, message, next_step }: InvalidTenant,
  view: ShardView,
): Failure {
  const { code, refreshToken } = heldCredentials(view.map.tenants.get(name));
  if (
    path.endsWith('.refresh_token') &&
    code === null &&
    refreshToken === null &&
    isPlain(view.map.tenants.get(name))
  )
    return {
      ...describeFailure('needs_authorization', { tenant: name }),
      message: `Tenant ${name} holds no credential yet.`,
      next_step,
    };
  return { ...describeFailure('invalid_entry', { tenant: name }), message, next_step };
}

function isPlain(entry: unknown): boolean {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    (entry as { refresh_token?: unknown }).refresh_token === undefined
  );
}

/** When the published token ends, if it is the newest that was issued to the tenant. */
function tokenEnd(view: ShardView, name: string, state: TenantState): number | null {
  const token = view.published.get(name);
  return token && token.archive_key === state.archive_key ? endOf(token) : null;
}

function ending(expiresAt: number | null): { expiresAt?: string } {
  return expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() };
}

/** The fingerprint of what a tenant sends, or of its request's identity where it spends nothing. */
export function credentialOf({ credential, identity }: Tenant): string {
  return credential.kind === 'none' ? identity : credential.fingerprint;
}

/** Who in this map holds which credential, of which client. */
interface Holders {
  /** Whether a tenant holds what was succeeded, since its successor could not be had. */
  holdsSucceeded(name: string): boolean;
  /**
   * Others that hold the tenant's credential under another client, or in another shard: then nobody
   * is asked.
   */
  rivals(tenant: Tenant, elsewhere: ShardView['elsewhere']): string[];
  /** Told where tenants share one exchange. */
  warning(tenant: Tenant): { warning?: string };
}

function holdersOf({ map, states }: ShardView): Holders {
  const succeeded = new Set(restore(heldIn(map), states).map(({ tenant }) => tenant));
  const byCredential = new Map<string, Tenant[]>();
  for (const name of map.tenants.keys()) {
    const tenant = resolveTenant(name, map);
    if (!isTenant(tenant) || tenant.credential.kind === 'none') continue;
    const print = tenant.credential.fingerprint;
    byCredential.set(print, [...(byCredential.get(print) ?? []), tenant]);
  }
  const holding = (tenant: Tenant) =>
    tenant.credential.kind === 'none'
      ? []
      : (byCredential.get(tenant.credential.fingerprint) ?? []);
  return {
    holdsSucceeded: (name) => succeeded.has(name),
    rivals(tenant, elsewhere) {
      const here = holding(tenant);
      const far =
        tenant.credential.kind === 'none'
          ? []
          : (elsewhere.get(tenant.credential.fingerprint) ?? []);
      if (far.length === 0 && here.every(({ client }) => client === tenant.client)) return [];
      return [...here.map(({ name }) => name).filter((name) => name !== tenant.name), ...far];
    },
    warning(tenant) {
      const sharing = holding(tenant)
        .map(({ name }) => name)
        .filter((name) => name !== tenant.name);
      return sharing.length === 0
        ? {}
        : { warning: `It shares one credential with ${sharing.join(', ')}.` };
    },
  };
}

function urgency(view: ShardView, choice: Choice): string {
  if (choice.do === 'ask' && choice.tenant.grant === 'authorization_code') return '';
  return view.states.get(choice.name)?.rotated_at ?? '0';
}
