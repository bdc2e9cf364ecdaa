import { parseVaultMap, VaultMapError } from '../../lambda/map/vault-map.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';

/** One shard as `tokens shard list` shows it. */
export interface ShardLine {
  shard: string;
  /** The name of its secret in messages. */
  vault: string;
  /** Null where it cannot be read. */
  tenants: number | null;
  /** How full the fuller one of its two secrets is, from 0 to 1. */
  full: number | null;
  /** The reason where it cannot be read. */
  problem: string | null;
}

/** Lists every shard; one that cannot be read says why. Throws StoreError for the list itself. */
export async function listShards(ports: RunPorts): Promise<ShardLine[]> {
  const shards = await ports.vault.shards();
  return Promise.all(shards.map((shard) => lineOf(ports, shard)));
}

async function lineOf(ports: RunPorts, shard: string): Promise<ShardLine> {
  const vault = ports.vault.label(shard);
  try {
    const [map, published] = await Promise.all([
      ports.vault.read(shard),
      ports.accessTokens.read(shard),
    ]);
    const { tenants } = parseVaultMap(map === null ? null : map.text);
    const full = Math.max(
      Buffer.byteLength(map?.text ?? '') / ports.vault.maxBytes,
      Buffer.byteLength(published?.text ?? '') / ports.accessTokens.maxBytes,
    );
    return {
      shard,
      vault,
      tenants: tenants.size,
      full,
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof VaultMapError)) {
      throw error;
    }
    return {
      shard,
      vault,
      tenants: null,
      full: null,
      problem: error instanceof VaultMapError ? error.message + error.place : error.message,
    };
  }
}
