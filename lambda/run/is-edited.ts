import { isDeepStrictEqual } from 'node:util';
import { EntryFault, mergeWithApp } from '../map/merged-entry.ts';
import type { VaultMap } from '../map/vault-map.ts';
import { holdsAny } from './drill-fate.ts';

const CREDENTIALS: ReadonlySet<string> = new Set([
  'refresh_token',
  'authorization_code',
  'code_verifier',
  'device_code',
]);

/**
 * An old map brings back old settings, client secrets and definitions among them, and credentials
 * that were cleared.
 */
export function isEdited(tenant: string, old: VaultMap, now: VaultMap): boolean {
  if (!old.tenants.has(tenant)) {
    return false;
  }
  const isCleared = holdsAny(tenant, old) && !holdsAny(tenant, now);
  return isCleared || !isDeepStrictEqual(settingsOf(tenant, old), settingsOf(tenant, now));
}

function settingsOf(tenant: string, map: VaultMap): object {
  const values = valuesOf(tenant, map);
  const settings = Object.entries(values).filter(([field]) => !CREDENTIALS.has(field));
  return {
    ...Object.fromEntries(settings),
    definition: map.definitions.get(String(values.provider)),
  };
}

function valuesOf(tenant: string, map: VaultMap): Readonly<Record<string, unknown>> {
  try {
    const { values } = mergeWithApp(tenant, map);
    return values;
  } catch (error) {
    if (!(error instanceof EntryFault)) {
      throw error;
    }
    return { ...(map.tenants.get(tenant) as Record<string, unknown> | undefined) };
  }
}
