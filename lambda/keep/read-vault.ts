import { parseVaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import type { VaultRead } from './shard-run.ts';

/**
 * Reads a shard's vault. A text that is the same as that of `known` is not parsed again. Throws
 * StoreError, or VaultMapError for a text that is not a tenant credential map.
 */
export async function readVault(
  ports: Pick<RunPorts, 'vault'>,
  shard: string,
  known: VaultRead | null = null,
): Promise<VaultRead> {
  const version = await ports.vault.read(shard);
  if (version === null) {
    return {
      versionId: null,
      createdAt: 0,
      text: null,
      map: parseVaultMap(null),
    };
  }
  const isSame = known !== null && known.text !== null && known.text === version.text;
  return {
    versionId: version.versionId,
    createdAt: version.createdAt,
    text: version.text ?? null,
    map: isSame ? known.map : parseVaultMap(version.text),
  };
}
