import pLimit from 'p-limit';
import { endOf, type PublishedToken } from '../../lambda/keep/published.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { StoreError } from '../../lambda/ports.ts';
import { openShardTokens, type ShardTokens } from './shard-tokens.ts';
import type { TokenSource } from './token-source.ts';

/** Holds a tenant's token, and says which shard has it. */
export interface HeldToken {
  shard: string;
  token: PublishedToken;
}

/** Holds the tokens of every shard that was read so far. */
export interface AllShards {
  /** The tenant's token as last read. */
  find(tenant: string): HeldToken | undefined;
  /**
   * Reads the shard that has the tenant, looking through all where it is in none that was read.
   * Returns the default shard for a tenant without a token. It may be about to get its first.
   * Throws StoreError.
   */
  locate(tenant: string): Promise<ShardTokens>;
  /** The tenants that have a token. Throws StoreError. */
  tenants(): Promise<string[]>;
}

const AT_ONCE = 8;

/** Opens the shards of a source, or `onlyShard` alone. Reads nothing yet. */
export function openShards(source: TokenSource, onlyShard: string | null): AllShards {
  const shards = new Map<string, ShardTokens>();
  let looking: Promise<Look> | null = null;

  function open(shard: string): ShardTokens {
    const opened = shards.get(shard) ?? openShardTokens(source, shard);
    shards.set(shard, opened);
    return opened;
  }

  function find(tenant: string): HeldToken | undefined {
    let best: HeldToken | undefined;
    for (const { shard, get } of shards.values()) {
      const token = get(tenant);
      // Of a tenant that is being moved both shards may have one.
      if (token && !(best && endOf(best.token) > endOf(token))) {
        best = { shard, token };
      }
    }
    return best;
  }

  function look(): Promise<Look> {
    looking ??= lookThrough().finally(() => {
      looking = null;
    });
    return looking;
  }

  async function lookThrough(): Promise<Look> {
    const limit = pLimit(AT_ONCE);
    const listed = onlyShard === null ? await source.shards() : [onlyShard];
    const results = await Promise.allSettled(
      listed.map((shard) => limit(() => open(shard).read())),
    );
    const faults = results.flatMap((result) =>
      result.status === 'rejected' && !isDenied(result.reason) ? [result.reason as unknown] : [],
    );
    return { faults };
  }

  return {
    find,
    async locate(tenant) {
      const likely = open(onlyShard ?? find(tenant)?.shard ?? DEFAULT_SHARD);
      await likely.read();
      if (onlyShard !== null || likely.get(tenant)) {
        return likely;
      }
      const { faults } = await look().catch(nothingIfDenied);
      const found = find(tenant);
      if (!found && faults.length > 0) {
        throw faults[0];
      }
      return open(found?.shard ?? DEFAULT_SHARD);
    },
    async tenants() {
      const { faults } = await look();
      if (faults.length > 0) {
        throw faults[0];
      }
      return [...new Set([...shards.values()].flatMap((tokens) => tokens.tenants()))].sort();
    },
  };
}

/**
 * The faults that kept shards from being read. A missing permission is none. A role may be meant
 * to see only some of them.
 */
interface Look {
  faults: readonly unknown[];
}

function isDenied(error: unknown): boolean {
  return error instanceof StoreError && error.reason === 'denied';
}

function nothingIfDenied(error: unknown): Look {
  if (isDenied(error)) {
    return { faults: [] };
  }
  throw error;
}
