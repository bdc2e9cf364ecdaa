import { isObject } from '../../lambda/is-object.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { parseVaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { findTenant } from '../map/find-tenant.ts';

/**
 * Pauses a tenant, or lets it go on. A paused one is not asked for. Throws CommandError where it is
 * unknown, and StoreError.
 */
export async function setEnabled(
  ports: RunPorts,
  tenant: string,
  enabled: boolean,
): Promise<'changed' | 'unchanged'> {
  const { shard } = await findTenant(ports, tenant);
  return editMap(ports.vault, shard, (text, map) => {
    const place = ['tenants', tenant];
    const entry = map.tenants.get(tenant);
    if (!isObject(entry)) {
      throw new CommandError(`The entry of tenant ${tenant} is no object: nothing was changed.`, {
        nextStep: `Take it out, and add the tenant again: tokens remove ${tenant}`,
      });
    }
    if (!enabled) {
      return entry.enabled === false ? text : setAt(text, [...place, 'enabled'], false);
    }
    const own = entry.enabled === false ? setAt(text, [...place, 'enabled'], undefined) : text;
    const isPausedByApp = !resolveTenant(tenant, parseVaultMap(own)).enabled;
    return isPausedByApp ? setAt(own, [...place, 'enabled'], true) : own;
  });
}
