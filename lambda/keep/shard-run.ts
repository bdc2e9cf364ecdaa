import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { ReplayEntry, TenantStates } from '../history/history.ts';
import type { VaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import type { Lease } from './lease.ts';
import type { Published } from './published.ts';

/** The current version of the shard's vault secret, as this run last read it. */
export interface VaultRead {
  versionId: string | null;
  createdAt: number;
  text: string | null;
  map: VaultMap;
}

/** One exchange made by this run. */
export interface OwnExchange {
  entry: ReplayEntry;
  /** Whether the archive acknowledged it. */
  landed: boolean;
}

/** What one shard's rotation knows and has done so far. One per lease; never shared. */
export interface ShardRun {
  readonly ports: RunPorts;
  readonly runId: string;
  readonly shard: string;
  readonly lease: Lease;
  /** The function's end, in milliseconds since the epoch. */
  readonly deadlineAt: number;
  vault: VaultRead;
  /** The histories, replayed up to now. */
  states: TenantStates;
  /** Exchanges read from the archive or made in this run, by key. */
  readonly exchanges: Map<string, ArchivedExchange>;
  /** Refresh tokens met in the vault, the archive or an answer, by fingerprint. */
  readonly values: Map<string, string>;
  /** Keys of the archive that the histories know, as far back as this run listed it. */
  readonly knownKeys: Set<string>;
  readonly own: OwnExchange[];
  /**
   * Entries of the archive that the stored state does not know: found there, or adopted by this
   * run.
   */
  readonly news: ReplayEntry[];
  /** What consumers read, as this run last read or wrote it. */
  published: Published;
  /**
   * Creation of the newest vault version ever seen, in milliseconds since the epoch: nothing is
   * adopted from an older one.
   */
  newestVersionAt: number;
  /** The next free attempt of each tenant in this turn. */
  readonly attempts: Map<string, number>;
  /**
   * Bytes that either secret still has room for, less what is set aside for the exchanges under
   * way; and who waits for some of that.
   */
  readonly room: { vault: number; accessTokens: number; underWay: number; waiting: (() => void)[] };
  /**
   * Aborted by the first archive write of the run, in whatever shard, that failed: nothing new is
   * sent.
   */
  readonly archiveFailed: AbortController;
}

/**
 * Numbers one more entry of a tenant in this turn, from 0 for a credential that is adopted or from
 * 1 for an exchange: keys are never used twice.
 */
export function takeAttempt(run: ShardRun, tenant: string, least: 0 | 1): number {
  const attempt = Math.max(least, run.attempts.get(tenant) ?? 0);
  run.attempts.set(tenant, attempt + 1);
  return attempt;
}
