import { hasSentCode, type Knowledge } from '../history/families.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Failure } from '../outcome.ts';
import { lacksCredential } from './failure.ts';

/**
 * Returns why a tenant may not be asked for by a grant that nobody chose for it, or null. Version
 * 0.1 asked as the client itself where an entry held nothing. Only a tenant that got its tokens so,
 * or whose definition says so, goes on with it. None does that ever held a credential, and none goes
 * on as the client itself whose code was sent. Its token would be another's.
 */
export function failureOfHabit(knowledge: Knowledge, tenant: Tenant): Failure | null {
  const { name, grant, grant_chosen_by: chosenBy, credential } = tenant;
  const isUnasked = chosenBy === 'default' || chosenBy === 'habit';
  if (!isUnasked || credential.kind !== 'none') {
    return null;
  }
  const isOfCode = grant === 'client_credentials' && hasSentCode(knowledge, name);
  const hadCredential = isOfCode || knowledge.tenants.has(name);
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
