import { fingerprint } from '../fingerprint.ts';
import type { TenantError } from '../history/shard-state.ts';
import type { Tenant } from '../map/tenant.ts';
import { withoutTexts } from '../providers/without-texts.ts';

/** Returns the fingerprint of what a tenant sends, or of its request where it spends nothing. */
export function credentialOf({ credential }: Tenant): string {
  return credential.kind === 'none' ? credential.identity : credential.fingerprint;
}

/** A run itself takes these away or replaces them. They are no settings. */
const SPENT: ReadonlySet<string> = new Set([
  'refresh_token',
  'authorization_code',
  'device_code',
  'code_verifier',
]);

/** Returns the fingerprint of all that a tenant's request is made of beside the credential. */
export function settingsOf({ provider, fields, client_secrets }: Tenant): string {
  const settings = [...fields].filter(([name]) => !SPENT.has(name)).sort();
  return fingerprint(JSON.stringify([withoutTexts(provider), client_secrets, settings]));
}

/** Returns whether the credential or a setting of a tenant was replaced since it failed. */
export function isBeforeFix({ credential, settings }: TenantError, tenant: Tenant): boolean {
  if (credential === null) {
    return false;
  }
  if (credential !== credentialOf(tenant)) {
    return true;
  }
  return settings !== undefined && settings !== settingsOf(tenant);
}
