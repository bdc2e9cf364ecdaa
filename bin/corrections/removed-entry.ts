import { heldCredentials, parseVaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { editMap } from '../map/edit-map.ts';
import { entryTexts, putEntries } from '../map/map-text.ts';
import { takeBack } from '../map/settled-tenant.ts';
import { withoutCredentials } from './remove-tenant.ts';

/**
 * Puts the entry of a removed tenant back as the newest kept version of a map has it, its own
 * client secret included, and without its credentials. A newer one may be known, and codes have
 * died. Returns false where no version has it. Throws StoreError and VaultMapError.
 */
export async function putEntryBack(ports: RunPorts, tenant: string): Promise<boolean> {
  const found = await Promise.all(
    (await ports.vault.shards()).map(async (shard) => {
      const isWanted = (text: string | undefined) => entryIn(text, tenant) !== undefined;
      const version = await ports.vault.findKept(shard, 'newest', isWanted);
      return version ? [{ shard, version }] : [];
    }),
  );
  const [newest] = found.flat().sort((a, b) => b.version.createdAt - a.version.createdAt);
  const entry = entryIn(newest?.version.text, tenant);
  if (newest === undefined || entry === undefined) {
    return false;
  }
  const { shard } = newest;
  await editMap(ports.vault, shard, (text, { tenants }) => {
    if (tenants.has(tenant)) {
      return text;
    }
    const put = putEntries(text, 'tenants', new Map([[tenant, entry]]));
    return withoutCredentials(put, tenant, parseVaultMap(put).tenants.get(tenant));
  });
  await takeBack(ports, shard, [tenant]);
  return true;
}

/**
 * Returns the newest refresh token of a tenant that a kept version of its shard's map has, or null.
 * No run may have seen it. Throws StoreError.
 */
export async function keptRefreshToken(
  { vault }: Pick<RunPorts, 'vault'>,
  shard: string,
  tenant: string,
): Promise<{ value: string; createdAt: number } | null> {
  const tokenIn = (text: string | undefined) =>
    heldCredentials(mapIn(text)?.tenants.get(tenant)).refreshToken;
  const version = await vault.findKept(shard, 'newest', (text) => tokenIn(text) !== null);
  const value = tokenIn(version?.text);
  return version && value ? { value, createdAt: version.createdAt } : null;
}

/** Returns the text of a tenant's entry as it is, or undefined. */
function entryIn(text: string | undefined, tenant: string): string | undefined {
  return mapIn(text)?.tenants.has(tenant)
    ? entryTexts(text ?? '', 'tenants').get(tenant)
    : undefined;
}

/** An older version may be no map. */
function mapIn(text: string | undefined) {
  try {
    return text === undefined ? null : parseVaultMap(text);
  } catch {
    return null;
  }
}
