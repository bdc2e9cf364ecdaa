import type { RefreshRequest } from '../../lambda/event.ts';
import type { Outcome } from '../../lambda/outcome.ts';
import type { SecretVersion } from '../../lambda/ports.ts';

/** The outcome for a tenant that was to be refreshed. */
export type RefreshAnswer =
  | Pick<Outcome, 'status' | 'reason' | 'expires_at' | 'error'>
  | { status: 'unknown_tenant' };

/** Where a client's tokens come from, a deployed stack, or a home on this machine. */
export interface TokenSource {
  /**
   * The current version of a shard's access-token secret, or null where it has no value yet. Throws
   * StoreError.
   */
  read(shard: string): Promise<SecretVersion | null>;
  /** The shards that exist. Throws StoreError. */
  shards(): Promise<string[]>;
  /**
   * Refreshes a tenant if it is due or was refused. Throws StoreError, and TokenError where nothing
   * was named that could.
   */
  refresh(request: RefreshRequest): Promise<RefreshAnswer>;
}
