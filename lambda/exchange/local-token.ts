import type { Tenant } from '../map/tenant.ts';
import type { HttpAnswer } from '../ports.ts';
import type { GrantName } from '../providers/provider.ts';
import { fillTemplate } from '../providers/template.ts';
import { type Generated, lookUpIn } from './token-request.ts';

/**
 * Makes the token of a grant that needs no server, as a server would answer it (RFC 6749 section
 * 5.1), so that it is archived, read and published like any other. Returns null for a grant that
 * asks a server. Throws for a tenant that lacks what the grant needs, which resolveTenant refuses.
 */
export function localAnswer(
  tenant: Tenant,
  grant: GrantName,
  generated: Generated,
): HttpAnswer | null {
  const local = tenant.provider.grants[grant]?.local;
  if (!local) {
    return null;
  }
  const fresh = {
    ...generated,
    credential: null,
    tokenUrl: tenant.token_url,
  };
  const token = fillTemplate(local.access_token, lookUpIn(tenant, fresh));
  if (token === undefined) {
    throw new Error(`Tenant ${tenant.name} lacks a field that ${tenant.provider.id} needs`);
  }
  const reply = {
    access_token: token,
    token_type: 'Bearer',
    expires_in: local.expires_in_s,
  };
  return {
    status: 200,
    headers: {},
    body: Buffer.from(JSON.stringify(reply)),
  };
}
