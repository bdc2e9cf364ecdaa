import type { InvalidTenant, Tenant } from '../../lambda/map/tenant.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';

/** These take the place of the code and the address that a consent brings. */
const PENDING = { authorization_code: 'pending', redirect_uri: 'https://pending.example/' };

/**
 * Returns the tenant as it will be when it holds a code. What is wrong with its entry otherwise is
 * found before anybody is asked for consent.
 */
export function asConnected(name: string, map: VaultMap): Tenant | InvalidTenant {
  const held = map.tenants.get(name) as object | undefined;
  const entry = { ...held, ...PENDING };
  return resolveTenant(name, { ...map, tenants: new Map([[name, entry]]) });
}
