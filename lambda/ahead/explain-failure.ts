import { groupBy } from '../group-by.ts';
import type { Tenant } from '../map/tenant.ts';
import { isTenant } from '../map/tenant-entry.ts';
import type { Cause, ErrorCode, Failure } from '../outcome.ts';
import { rememberedFailure } from '../report/failure.ts';
import { factsOf } from '../report/failure-facts.ts';
import { asTold, causeOfNothingHeld, causesOf } from './causes.ts';
import type { Death, OtherTenant, PastExchange } from './death.ts';
import type { FleetTenant } from './fleet-tenant.ts';

/** Describes what is known around a failure. */
interface Surroundings {
  /** The tenant's exchanges, the oldest first. */
  past: readonly PastExchange[];
  /** The tenants of each client, as othersOf returns them. */
  others: ReadonlyMap<string, readonly OtherTenant[]>;
}

/**
 * Returns why a tenant fails, the surest cause first, and nothing where it does not fail. Status,
 * digest, pages and `tokens why` all say this.
 */
export function explainFailure(one: FleetTenant, around: Surroundings): Cause[] {
  const { entry, marks, fault } = one;
  if (fault !== null) {
    return [causeOfFault(one, fault, around)];
  }
  if (!isTenant(entry) || marks.error === null) {
    return [];
  }
  return causesOf(deathOf(one, entry, marks.error, around));
}

/** An entry that holds nothing tells less than the past of its tenant does. */
function causeOfFault(
  { tenant, hadCredential }: FleetTenant,
  fault: Failure,
  { past }: Surroundings,
): Cause {
  return fault.code === 'needs_authorization'
    ? causeOfNothingHeld({ tenant, fault, past, hadCredential })
    : asTold(fault);
}

/** Of these failures the past may say more than the failure itself. */
const HAS_PAST: ReadonlySet<ErrorCode> = new Set([
  'needs_authorization',
  'app_rejected',
  'request_rejected',
]);

/** Returns whether the past of a tenant may say why it fails. */
function needsPast({ fault, marks }: FleetTenant): boolean {
  const code = fault?.code ?? marks.error?.code;
  return code !== undefined && HAS_PAST.has(code);
}

/**
 * Returns the tenant whose past explains this one: itself, or, where nobody asked for it since its
 * client was refused, the one for whom the client was refused, as refusedOf returns them.
 */
export function witnessOf(
  one: FleetTenant,
  refused: ReadonlyMap<string, FleetTenant>,
): FleetTenant | null {
  if (needsPast(one)) {
    return one;
  }
  const { entry, marks } = one;
  if (!isTenant(entry) || marks.error?.code !== 'app_blocked') {
    return null;
  }
  return refused.get(entry.client) ?? null;
}

/** Returns the first tenant for whom each refused client was refused. */
export function refusedOf(fleet: readonly FleetTenant[]): Map<string, FleetTenant> {
  const refused = new Map<string, FleetTenant>();
  for (const one of fleet) {
    const { entry, marks } = one;
    if (marks.error?.code !== 'app_rejected' || !isTenant(entry)) {
      continue;
    }
    if (!refused.has(entry.client)) {
      refused.set(entry.client, one);
    }
  }
  return refused;
}

function deathOf(
  { tenant, shard, marks, account, ends, hadCredential }: FleetTenant,
  entry: Tenant,
  error: NonNullable<FleetTenant['marks']['error']>,
  { past, others }: Surroundings,
): Death {
  const { app, provider, client } = entry;
  const facts = {
    ...factsOf(entry),
    shard,
    ...account,
  };
  const { message, next_step } = rememberedFailure(error, facts);
  const cap = provider.lives?.cap;
  return {
    tenant,
    platform: provider.title,
    app,
    client,
    code: error.code,
    message,
    next_step,
    since: error.since,
    consented_at: marks.consented_at,
    hadCredential,
    past,
    ends,
    testing_s: provider.lives?.testing_s ?? null,
    cap: cap?.tokens === 'refresh_token' ? cap.most : null,
    signs: provider.signed !== undefined,
    others: (others.get(client) ?? []).filter((other) => other.tenant !== tenant),
  };
}

/** Returns what the tenants of each client tell of each other. */
export function othersOf(fleet: readonly FleetTenant[]): Map<string, OtherTenant[]> {
  return groupBy(fleet.flatMap(toOther), ({ client }) => client);
}

function toOther({ tenant, entry, marks }: FleetTenant): OtherTenant[] {
  if (!isTenant(entry)) {
    return [];
  }
  const { client, enabled } = entry;
  return [
    {
      tenant,
      client,
      enabled,
      consented_at: marks.consented_at,
      failing: marks.error,
    },
  ];
}
