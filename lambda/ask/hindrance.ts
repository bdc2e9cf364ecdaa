import { type Family, isHeld, isInDoubt, newestToken } from '../history/families.ts';
import { familyFor } from '../history/restore.ts';
import { isObject } from '../is-object.ts';
import { accountHold } from '../map/account-hold.ts';
import type { InvalidTenant, Tenant } from '../map/tenant-entry.ts';
import { isTenant } from '../map/tenant-entry.ts';
import { heldCredentials } from '../map/vault-map.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { isStatic } from '../providers/request-fields.ts';
import { describeFailure, type FailureFacts, factsOf, tooLargeFailure } from '../report/failure.ts';
import { leftMs } from './due.ts';
import { type Holders, rivalsOf } from './holders.ts';
import type { ShardView } from './shard-view.ts';

export type Hindrance = { do: 'skip' | 'defer'; reason: string } | { do: 'fail'; failure: Failure };

/** Says what keeps a tenant from being asked, whatever the run is for. Null: nothing does. */
export function hindranceOf(
  view: ShardView,
  entry: Tenant | InvalidTenant,
  holders: Holders,
): Hindrance | null {
  const { name } = entry;
  const movedTo = view.tenants.get(name)?.moved_to ?? null;
  if (movedTo !== null) return { do: 'skip', reason: `it was moved to shard ${movedTo}` };
  const twin = twinWithoutHistory(view, name);
  if (twin !== null) {
    return fail('invalid_entry', {
      tenant: name,
      path: `tenants.${name}`,
      cause: `shard ${twin} has a tenant of the same name`,
    });
  }
  const until = view.invited.get(name);
  if (until !== undefined && holdsNothing(view.map.tenants.get(name))) {
    return { do: 'skip', reason: `invited, until ${until.slice(0, 10)}` };
  }
  if (!isTenant(entry)) return { do: 'fail', failure: failureOfEntry(entry, view) };
  // A code is a consent of its own, whoever owns the token beside it.
  if (view.foreign.has(name) && entry.credential.kind !== 'authorization_code') {
    return fail('duplicate_credential', {
      ...factsOf(entry),
      others: ['a tenant of another shard'],
    });
  }
  const others = rivalsOf(holders, entry, view.knowledge);
  if (others.length > 0) return fail('duplicate_credential', { ...factsOf(entry), others });
  return hindranceOfCredential(view, entry);
}

/** Of two tenants of one name, the one with a history goes on. */
function twinWithoutHistory(view: ShardView, name: string): string | null {
  const twin = view.namesElsewhere.get(name) ?? null;
  return newestToken(view.knowledge, name) === null ? twin : null;
}

function hindranceOfCredential(view: ShardView, tenant: Tenant): Hindrance | null {
  const { credential, name } = tenant;
  const hold = accountHold(tenant, standingOf(view, tenant), view);
  if (hold) return fail('account_changed', { ...factsOf(tenant), ...hold });
  if (tenant.grant_chosen_by === 'none') return hindranceOfEndless(view, tenant);
  if (credential.kind === 'none') return hindranceOfHabit(view, tenant);
  if (credential.kind !== 'refresh_token') return null;
  const family = familyFor(name, credential.fingerprint, view.knowledge)?.family;
  if (!family) return view.adoptsLater ? null : notAdopted();
  if (isInDoubt(family)) return fail('needs_decision', factsOf(tenant));
  if (isHeld(family)) return fail('unread_response', factsOf(tenant));
  if (view.tooLarge.has(name)) return { do: 'fail', failure: tooLargeFailure(name, view.shard) };
  if (family.current !== credential.fingerprint) {
    return { do: 'fail', failure: successorMissing(tenant) };
  }
  return isMember(view, name, family) || view.adoptsLater ? null : notAdopted();
}

/** Returns what a tenant's token was issued for, where the entry holds nothing that is sent. */
function standingOf({ knowledge }: ShardView, { name, credential }: Tenant): string | null {
  return credential.kind === 'none'
    ? (newestToken(knowledge, name)?.for ?? null)
    : credential.fingerprint;
}

/**
 * Version 0.1 asked as the client itself where an entry held nothing. Only a tenant that got its
 * tokens so, or whose definition says so, goes on with it; and none that ever held a credential.
 */
function hindranceOfHabit({ knowledge }: ShardView, tenant: Tenant): Hindrance | null {
  const chosenBy = tenant.grant_chosen_by;
  if (tenant.grant !== 'client_credentials' || chosenBy === 'entry') return null;
  const hadCredential = knowledge.tenants.has(tenant.name);
  const isHabit =
    chosenBy === 'default' || knowledge.tokens.get(tenant.name)?.for === tenant.identity;
  if (isHabit && !hadCredential) return null;
  return {
    do: 'fail',
    failure: {
      ...describeFailure('needs_authorization', factsOf(tenant)),
      message: `Tenant ${tenant.name} holds no credential.`,
      next_step:
        `Connect it: tokens connect ${tenant.name}. If its client asks for itself: ` +
        `tokens set ${tenant.name} grant=client_credentials`,
    },
  };
}

/** Nothing renews the token of such a tenant: it is left alone while it lives. */
function hindranceOfEndless(view: ShardView, tenant: Tenant): Hindrance {
  const { title } = tenant.provider;
  if (isStatic(tenant.provider)) {
    return { do: 'skip', reason: `${title} issues no tokens: callers sign each request` };
  }
  const left = leftMs(view, tenant.name);
  if (left !== null && left > 0) {
    const until = Number.isFinite(left)
      ? `: connect it again before ${new Date(view.now + left).toISOString()}`
      : ', and it has no end';
    return { do: 'skip', reason: `its token cannot be renewed${until}` };
  }
  return {
    do: 'fail',
    failure: {
      ...describeFailure('needs_authorization', factsOf(tenant)),
      message: `Tenant ${tenant.name} has no token, and ${title} renews none.`,
      next_step: `Ask the client to consent: tokens connect ${tenant.name}`,
    },
  };
}

function isMember({ knowledge }: ShardView, name: string, family: Family): boolean {
  const membership = knowledge.tenants.get(name);
  return membership !== undefined && knowledge.families.get(membership.root) === family;
}

function notAdopted(): Hindrance {
  const reason =
    'its credential was not archived: ' +
    'the vault as read is older than one seen before, or the archive took nothing';
  return { do: 'defer', reason };
}

function successorMissing(tenant: Tenant): Failure {
  const failure = describeFailure('needs_authorization', factsOf(tenant));
  return {
    ...failure,
    message:
      `The token of tenant ${tenant.name} was replaced by a newer one that the archive no ` +
      'longer holds. The old one is not sent again.',
  };
}

function fail(code: ErrorCode, facts: FailureFacts): Hindrance {
  return { do: 'fail', failure: describeFailure(code, facts) };
}

/** An entry that only lacks a credential needs authorization. Anything else about it is wrong. */
function failureOfEntry(
  { name, code, path, message, next_step }: InvalidTenant,
  view: ShardView,
): Failure {
  const entry = view.map.tenants.get(name);
  if (path.endsWith('.refresh_token') && holdsNothing(entry)) {
    return {
      ...describeFailure('needs_authorization', { tenant: name }),
      message: `Tenant ${name} holds no credential yet.`,
      next_step,
    };
  }
  return { ...describeFailure(code, { tenant: name }), message, next_step };
}

function holdsNothing(entry: unknown): boolean {
  const { code, refreshToken } = heldCredentials(entry);
  const isPlain = isObject(entry) && entry.refresh_token === undefined;
  return isPlain && code === null && refreshToken === null;
}
