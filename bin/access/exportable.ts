import { fingerprint } from '../../lambda/fingerprint.ts';
import type { Knowledge } from '../../lambda/history/families.ts';
import { restore } from '../../lambda/history/restore.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { heldCredentials, type VaultMap } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shown } from '../../lambda/shown.ts';
import { findTenant } from '../map/find-tenant.ts';
import type { ExportedToken } from './export-files.ts';

/** A tenant's token, or why there is none to write. */
export type Exportable =
  | { tenant: string; token: ExportedToken }
  | { tenant: string; problem: string; harmless: boolean };

/** Finds one tenant's token. Throws CommandError where there is no such tenant, and StoreError. */
export async function exportableOf(
  ports: RunPorts,
  tenant: string,
  shard?: string,
): Promise<Exportable> {
  const place = await findTenant(ports, tenant, shard);
  const [exportable] = (await readShard(ports, place.shard)).filter((one) => one.tenant === tenant);
  return exportable ?? { tenant, problem: 'was removed meanwhile.', harmless: false };
}

/** Finds the token of every tenant, of one shard or of all. Throws StoreError and VaultMapError. */
export async function exportablesOf(ports: RunPorts, shard?: string): Promise<Exportable[]> {
  const shards = shard === undefined ? await ports.vault.shards() : [shard];
  return (await Promise.all(shards.map((name) => readShard(ports, name)))).flat();
}

async function readShard(ports: RunPorts, shard: string): Promise<Exportable[]> {
  const [{ map }, { knowledge }] = await Promise.all([
    readVault(ports, shard),
    readShardState(ports, shard),
  ]);
  return [...map.tenants.keys()].map((tenant) => toExportable(tenant, map, knowledge));
}

function toExportable(tenant: string, map: VaultMap, knowledge: Knowledge): Exportable {
  if (!isName(tenant)) {
    return {
      tenant: shown(tenant),
      problem: 'has a name that cannot name a file: rename it.',
      harmless: false,
    };
  }
  const { refreshToken } = heldCredentials(map.tenants.get(tenant));
  if (refreshToken === null) {
    return {
      tenant,
      problem: 'holds no refresh token: its provider issues none, or it is not connected yet.',
      harmless: true,
    };
  }
  const print = fingerprint(refreshToken);
  const [restoration] = restore([{ tenant, code: null, refreshToken: print }], knowledge);
  if (restoration?.put) {
    return {
      tenant,
      problem:
        'has a newer refresh token in the archive. Put it in place first: ' +
        `tokens rotate ${tenant}`,
      harmless: false,
    };
  }
  return { tenant, token: toToken(tenant, map, refreshToken) };
}

function toToken(tenant: string, map: VaultMap, refreshToken: string): ExportedToken {
  const resolved = resolveTenant(tenant, map);
  return {
    tenant,
    provider: resolved.valid ? resolved.provider.id : resolved.provider,
    refresh_token: refreshToken,
    fingerprint: fingerprint(refreshToken),
    exported_at: new Date().toISOString(),
  };
}
