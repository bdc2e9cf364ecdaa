import type { Tenant } from '../map/tenant.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import type { ProviderDefinition } from '../providers/provider.ts';
import type { ClockFacts } from './ends.ts';
import { jwtEnd } from './jwt-end.ts';

/** Describes what the state knows of a tenant's clocks. Instants are ISO-8601. */
export type ClockMarks = Pick<
  ClockFacts,
  'consented_at' | 'rotated_at' | 'expires_at' | 'refresh_expires_at'
>;

/** Gathers what is known of a tenant's clocks, from its definition, its entry and the state. */
export function clockFactsOf(tenant: Tenant, marks: ClockMarks): ClockFacts {
  const { provider, grant, client_secrets, fields } = tenant;
  return {
    lives: { refresh_expires: provider.response.refresh_expires, ...provider.lives },
    spends: grant === 'refresh_token' || isCodeGrant(grant),
    ...marks,
    access_token: roleOfAccessToken(provider),
    secret_created_at: instantOf(fields.get('secret_created_at')),
    secret_expires_at: instantOf(fields.get('secret_expires_at')) ?? lastJwtEnd(client_secrets),
  };
}

function roleOfAccessToken({ renewal, response }: ProviderDefinition): ClockFacts['access_token'] {
  if (renewal === 'none') {
    return 'last';
  }
  const isSame = String(response.refresh_token) === String(response.access_token);
  return isSame ? 'credential' : 'renewed';
}

/** Reads a day or an instant. A text that is neither counts as absent, since it is for people. */
function instantOf(text: string | undefined): string | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) {
    return null;
  }
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}

/** Of a list of secrets the newest of them serves to the end. */
function lastJwtEnd(secrets: readonly string[]): string | null {
  const ends = secrets.map(jwtEnd);
  return ends.includes(null) ? null : (ends.toSorted().at(-1) ?? null);
}
