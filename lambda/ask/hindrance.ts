import { type Family, isHeld, isInDoubt, newestToken } from '../history/families.ts';
import { familyFor } from '../history/restore.ts';
import { movedTo } from '../history/shard-state.ts';
import { accountHold } from '../map/account-hold.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import { isTenant } from '../map/tenant-entry.ts';
import type { ErrorCode, Failure, ReplyFacts } from '../outcome.ts';
import { isStatic } from '../providers/request-fields.ts';
import { failureOfEntry, holdsNothing, waitsForReading } from '../report/entry-failure.ts';
import { describeFailure, noTokenLeft, tooLargeFailure } from '../report/failure.ts';
import { type FailureFacts, factsOf } from '../report/failure-facts.ts';
import { failureOfHabit } from '../report/habit.ts';
import { leftMs } from './due.ts';
import { findHolders, type Holders, rivalsOf } from './holders.ts';
import type { ShardView } from './shard-view.ts';

export type Hindrance = { do: 'skip' | 'defer'; reason: string } | { do: 'fail'; failure: Failure };

/** Returns what keeps a tenant from being asked, whatever the run is for, or null. */
export function hindranceOf(
  view: ShardView,
  entry: Tenant | InvalidTenant,
  holders: Holders,
): Hindrance | null {
  const elsewhere = hindranceOfName(view, entry.name);
  if (elsewhere) {
    return elsewhere;
  }
  if (waitsForReading(entry, view)) {
    return fail('unread_response', { tenant: entry.name, ...unreadReply(view, entry.name) });
  }
  if (!isTenant(entry)) {
    return { do: 'fail', failure: failureOfEntry(entry, view) };
  }
  return hindranceOfOthers(view, entry, holders) ?? hindranceOfCredential(view, entry);
}

/**
 * Tells whether nothing keeps a tenant from being asked with a credential that it came to in the
 * middle of a run. What was chosen at the start of the run was looked at then.
 */
export function mayBeAsked(view: ShardView, tenant: Tenant): boolean {
  return hindranceOf(view, tenant, findHolders(view.map)) === null;
}

/** Looks for a move, a tenant of the same name, and an invitation that is still open. */
function hindranceOfName(view: ShardView, name: string): Hindrance | null {
  const shard = movedTo(view.tenants, name);
  if (shard !== null) {
    return { do: 'skip', reason: `it was moved to shard ${shard}` };
  }
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
  return null;
}

/** Returns what is known of the answer that nobody could read. */
function unreadReply({ tenants }: ShardView, name: string): ReplyFacts {
  const error = tenants.get(name)?.error;
  return error?.code === 'unread_response' ? (error.reply ?? {}) : {};
}

/** Looks for others that hold the tenant's credential. */
function hindranceOfOthers(view: ShardView, entry: Tenant, holders: Holders): Hindrance | null {
  // A code is a consent of its own, and it does not matter who owns the token beside it.
  const isOfCode = entry.credential.kind === 'authorization_code';
  const damaged = isOfCode ? undefined : view.untold.get(entry.name);
  if (damaged !== undefined) {
    return fail('archive_failed', { ...factsOf(entry), damaged });
  }
  const others =
    view.foreign.has(entry.name) && !isOfCode
      ? ['a tenant of another shard']
      : rivalsOf(holders, entry, view.knowledge);
  if (others.length === 0) {
    return null;
  }
  return fail('duplicate_credential', { ...factsOf(entry), others });
}

/** Of two tenants of one name, the one with a history goes on. */
function twinWithoutHistory(view: ShardView, name: string): string | null {
  const twin = view.namesElsewhere.get(name) ?? null;
  return newestToken(view.knowledge, name) === null ? twin : null;
}

function hindranceOfCredential(view: ShardView, tenant: Tenant): Hindrance | null {
  const { credential } = tenant;
  const hold = accountHold(tenant, standingOf(view, tenant), view);
  if (hold) {
    return fail('account_changed', { ...factsOf(tenant), ...hold });
  }
  if (tenant.grant_chosen_by === 'none') {
    return hindranceOfEndless(view, tenant);
  }
  switch (credential.kind) {
    case 'none':
      return hindranceOfHabit(view, tenant);
    case 'authorization_code':
      return null;
    case 'refresh_token':
      return hindranceOfFamily(view, tenant, credential.fingerprint);
  }
}

function hindranceOfFamily(view: ShardView, tenant: Tenant, held: string): Hindrance | null {
  const { name } = tenant;
  const family = familyFor(name, held, view.knowledge)?.family;
  if (family && isInDoubt(family)) {
    return fail('needs_decision', factsOf(tenant));
  }
  if (family && isHeld(family)) {
    return fail('unread_response', { ...factsOf(tenant), ...unreadReply(view, name) });
  }
  if (family && view.tooLarge.has(name)) {
    return { do: 'fail', failure: tooLargeFailure(name, view.shard) };
  }
  if (family && family.current !== held) {
    return { do: 'fail', failure: successorMissing(tenant) };
  }
  const isAdopted = family !== undefined && isMember(view, name, family);
  return isAdopted || view.adoptsLater ? null : NOT_ADOPTED;
}

/** Returns what a tenant's token was issued for, where the entry holds nothing that is sent. */
function standingOf({ knowledge }: ShardView, { name, credential }: Tenant): string | null {
  return credential.kind === 'none'
    ? (newestToken(knowledge, name)?.for ?? null)
    : credential.fingerprint;
}

function hindranceOfHabit({ knowledge }: ShardView, tenant: Tenant): Hindrance | null {
  const failure = failureOfHabit(knowledge, tenant);
  return failure && { do: 'fail', failure };
}

/** Nothing renews the token of this tenant. It is left alone while it lives. */
function hindranceOfEndless(view: ShardView, tenant: Tenant): Hindrance {
  const { name, provider } = tenant;
  const { title } = provider;
  if (isStatic(provider)) {
    return { do: 'skip', reason: `${title} issues no tokens: callers sign each request` };
  }
  const left = leftMs(view, name) ?? 0;
  if (left === Number.POSITIVE_INFINITY) {
    return { do: 'skip', reason: 'its token cannot be renewed, and it has no end' };
  }
  if (left > 0) {
    const endsAt = new Date(view.now + left).toISOString();
    const reason = `its token cannot be renewed: connect it again before ${endsAt}`;
    return { do: 'skip', reason };
  }
  return { do: 'fail', failure: noTokenLeft(tenant) };
}

function isMember({ knowledge }: ShardView, name: string, family: Family): boolean {
  const membership = knowledge.tenants.get(name);
  return membership !== undefined && knowledge.families.get(membership.root) === family;
}

const NOT_ADOPTED: Hindrance = {
  do: 'defer',
  reason:
    'its credential was not archived: ' +
    'the vault as read is older than one seen before, or the archive took nothing',
};

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
