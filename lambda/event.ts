/** What an invocation may ask (design section 7). */
export interface RunRequest {
  /** Names, or null for every enabled tenant. */
  tenants: readonly string[] | null;
  provider: string | null;
  shard: string | null;
  expiring_within_seconds: number | null;
  dry_run: boolean;
}

/** What the on-demand function may be asked (design section 8). `refused` is the fingerprint of the access token that the provider refused. */
export interface RefreshRequest {
  tenant: string;
  shard: string;
  refused: string | null;
}
