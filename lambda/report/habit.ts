import type { Knowledge } from '../history/families.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Failure } from '../outcome.ts';
import { lacksCredential } from './failure.ts';

/**
 * Returns why a tenant may not ask as the client itself, or null. Version 0.1 asked so where an
 * entry held nothing. Only a tenant that got its tokens so, or whose definition says so, goes on
 * with it; and none that ever held a credential.
 */
export function failureOfHabit(knowledge: Knowledge, tenant: Tenant): Failure | null {
  const { name, grant, grant_chosen_by: chosenBy, credential } = tenant;
  const isOwnGrant = grant === 'client_credentials' && credential.kind === 'none';
  if (!isOwnGrant || chosenBy === 'entry') {
    return null;
  }
  const hadCredential = knowledge.tenants.has(name);
  const isHabit = chosenBy === 'default' || knowledge.tokens.get(name)?.for === credential.identity;
  if (isHabit && !hadCredential) {
    return null;
  }
  return lacksCredential(tenant);
}

/** Returns whether a tenant asks as the client itself though only its past says so. */
export function asksByHabit(knowledge: Knowledge, tenant: Tenant): boolean {
  return tenant.grant_chosen_by === 'habit' && failureOfHabit(knowledge, tenant) === null;
}
