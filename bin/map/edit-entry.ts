import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { parseVaultMap, type VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from './edit-map.ts';
import { type FieldEdit, refuseUnknownField } from './field-edit.ts';
import { findTenant } from './find-tenant.ts';

/**
 * Changes fields of a tenant's entry, and keeps every other byte. Throws CommandError where the
 * tenant is unknown, or would be wrong afterwards and was right before; UsageError and StoreError.
 */
export async function editTenant(
  ports: RunPorts,
  tenant: string,
  edits: readonly FieldEdit[],
): Promise<'changed' | 'unchanged'> {
  const { shard } = await findTenant(ports, tenant);
  return editMap(ports.vault, shard, (text, map) => {
    if (!map.tenants.has(tenant)) {
      throw new CommandError(`Tenant ${tenant} was removed meanwhile: nothing was changed.`);
    }
    return editedText(text, map, {
      section: 'tenants',
      name: tenant,
      edits,
    });
  });
}

/** An edit of one entry of a map. */
export interface EntryEdit {
  section: 'tenants' | 'apps';
  name: string;
  edits: readonly FieldEdit[];
}

/**
 * Returns the map's text with the fields changed. Throws CommandError where a tenant that was right
 * would be wrong, and UsageError for a field that nobody knows.
 */
export function editedText(
  text: string,
  map: VaultMap,
  { section, name, edits }: EntryEdit,
): string {
  for (const edit of edits) {
    if (edit.value !== undefined) {
      refuseUnknownField(edit, map);
    }
  }
  const edited = edits.reduce(
    (from, { path, value }) => setAt(from, [section, name, ...path], value),
    text,
  );
  const given = edits.map(({ path }) => [section, name, ...path].join('.'));
  refuseNewFaults(map, parseVaultMap(edited), given);
  return edited;
}

/**
 * An edit may leave what was wrong before, and what only lacks its credential. Of an entry with
 * several faults only the first is known, so the next one is new only in a field that was given.
 */
function refuseNewFaults(before: VaultMap, after: VaultMap, given: readonly string[]): void {
  for (const name of after.tenants.keys()) {
    const now = resolveTenant(name, after);
    if (isTenant(now) || now.next_step.includes('tokens connect')) {
      continue;
    }
    const was = resolveTenant(name, before);
    if (isTenant(was) || (was.path !== now.path && given.includes(now.path))) {
      throw new CommandError(`${now.message} Nothing was changed.`, { nextStep: now.next_step });
    }
  }
}
