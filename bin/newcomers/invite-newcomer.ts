import type { RunPorts } from '../../lambda/ports.ts';
import {
  type ConnectPage,
  type Invitation,
  inviteTenant,
  USUAL_TERMS,
} from '../consent/invite-tenant.ts';
import { UsageError } from '../errors.ts';
import { findTenant } from '../map/find-tenant.ts';

/** Returns how an invited tenant gets its first token. Throws UsageError where it holds one. */
export function wayOfInvited(fields: ReadonlyMap<string, string>): 'connect' {
  const held = ['refresh_token', 'authorization_code'].find((field) => fields.has(field));
  if (held === undefined) {
    return 'connect';
  }
  throw new UsageError(`--invite is for a tenant without a credential: leave out ${held}.`);
}

/** Makes a connect link for a tenant that was just added. Throws CommandError and StoreError. */
export async function inviteNewcomer(
  ports: RunPorts,
  page: ConnectPage,
  shard: string,
  name: string,
): Promise<Invitation> {
  const { map } = await findTenant(ports, name, shard);
  return inviteTenant(ports, page, { name, shard, map }, USUAL_TERMS);
}
