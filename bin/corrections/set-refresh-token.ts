import { fingerprint } from '../../lambda/fingerprint.ts';
import { isInDoubt, type Knowledge } from '../../lambda/history/families.ts';
import { knownKey } from '../../lambda/history/known-record.ts';
import { restore } from '../../lambda/history/restore.ts';
import { findProvider } from '../../lambda/map/definitions.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { heldCredentials, type VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { openReadOnly } from '../../lambda/run/open-read-only.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { holdShards } from '../map/hold-shards.ts';
import { findSettled } from '../map/settled-tenant.ts';
import { forceCredential } from './force-credential.ts';

/**
 * Puts a refresh token into a tenant's entry, in place of what it holds. One that was succeeded by
 * a newer one would be replaced by the next run, and its provider may take it for stolen. So
 * `confirm` is asked, and it is then archived as the current one, under the lease, before it is
 * written. Returns `kept` where `confirm` says no. Throws CommandError, StoreError, VaultMapError.
 */
export async function setRefreshToken(
  ports: RunPorts,
  tenant: string,
  token: string,
  confirm: () => Promise<boolean>,
): Promise<'changed' | 'unchanged' | 'kept'> {
  const { shard, map } = await findSettled(ports, tenant);
  const platform = platformWithoutTokens(tenant, map);
  if (platform !== null) {
    throw needsNoToken(tenant, platform);
  }
  const { ledger } = await openReadOnly(ports, shard);
  const isForced = await mustBeForced(ports, ledger.knowledge, tenant, token);
  if (isForced && !(await confirm())) {
    return 'kept';
  }
  if (isForced) {
    await holdShards(ports, [shard], ({ run }) => forceCredential(run, tenant, token));
  }
  const edited = await putRefreshToken(ports, { shard, tenant }, token);
  return isForced ? 'changed' : edited;
}

/**
 * Writes a refresh token into a tenant's entry, in the place of all that may be sent. Throws
 * CommandError for a tenant that is gone, StoreError and VaultMapError.
 */
export function putRefreshToken(
  { vault }: Pick<RunPorts, 'vault'>,
  { shard, tenant }: { shard: string; tenant: string },
  token: string,
): Promise<'changed' | 'unchanged'> {
  return editMap(vault, shard, (text, { tenants }) => {
    if (!tenants.has(tenant)) {
      throw new CommandError(`Tenant ${tenant} was removed meanwhile: nothing was changed.`);
    }
    const without = ['authorization_code', 'device_code', 'code_verifier'].reduce(
      (edited, field) => setAt(edited, ['tenants', tenant, field], undefined),
      text,
    );
    return setAt(without, ['tenants', tenant, 'refresh_token'], token);
  });
}

/** Returns the platform of a tenant where it gives no refresh tokens, or null. */
export function platformWithoutTokens(tenant: string, map: VaultMap): string | null {
  const { provider } = resolveTenant(tenant, map);
  const definition = typeof provider === 'string' ? findProvider(map, provider) : provider;
  return definition && !definition.grants.refresh_token ? definition.title : null;
}

/** Says that a tenant has no refresh token to set. */
export function needsNoToken(tenant: string, platform: string): CommandError {
  return new CommandError(
    `${platform} gives no refresh tokens: tenant ${tenant} needs none. Nothing was changed.`,
  );
}

/**
 * Returns the fingerprint of the refresh token that an entry holds, if the archive holds it too. It
 * can be put back. Throws StoreError.
 */
export async function restorableToken(
  { records }: Pick<RunPorts, 'records'>,
  entry: unknown,
): Promise<string | null> {
  const { refreshToken } = heldCredentials(entry);
  if (refreshToken === null) {
    return null;
  }
  const print = fingerprint(refreshToken);
  return (await records.read(knownKey(print))) === null ? null : print;
}

/**
 * Returns whether the next run would put another one in its place, or would send neither, by all
 * that the archive holds. What the state has forgotten is still in the index.
 */
export async function mustBeForced(
  { records }: Pick<RunPorts, 'records'>,
  knowledge: Knowledge,
  tenant: string,
  token: string,
): Promise<boolean> {
  const print = fingerprint(token);
  if (!knowledge.families.has(print)) {
    return (await records.read(knownKey(print))) !== null;
  }
  const held = {
    tenant,
    code: null,
    refreshToken: print,
  };
  return restore([held], knowledge).some(
    ({ put, family }) => put !== null || (family !== null && isInDoubt(family)),
  );
}
