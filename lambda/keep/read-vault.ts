import type { ShardState } from '../history/shard-state.ts';
import { parseVaultMap, type VaultMap, VaultMapError } from '../map/vault-map.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import type { VaultRead } from './shard-run.ts';

/**
 * Reads a shard's vault. A text that is the same as that of `known` is not parsed again. Throws
 * StoreError, or VaultMapError with the secret's label for a text that is no tenant map.
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
    map: isSame ? known.map : parseLabeled(version.text, ports.vault.label(shard)),
  };
}

function parseLabeled(text: string | undefined, label: string): VaultMap {
  try {
    return parseVaultMap(text);
  } catch (error) {
    if (error instanceof VaultMapError) {
      error.secret = label;
    }
    throw error;
  }
}

/**
 * Throws StoreError for a secret without a value that had one before. It was made anew, and its
 * tenants are not gone for that.
 */
export function refuseLostVault(
  { vault }: Pick<RunPorts, 'vault'>,
  shard: string,
  { versionId }: VaultRead,
  { newest_version_created_at, forgotten_at }: ShardState,
): void {
  if (versionId !== null || newest_version_created_at === null || forgotten_at !== null) {
    return;
  }
  throw new StoreError(
    'not_found',
    `${vault.label(shard)} had a map and has none any more: put it back, or save an empty one`,
  );
}
