/** A tenant as far as a plan depends on it. Holds no secret. */
export interface PlannedTenant {
  tenant: string;
  shard: string;
  provider: string | null;
  /** Names the client whose pace it shares. */
  client: string;
  /** Bytes of its entry, and of what is published for it. */
  entryBytes: number;
  tokenBytes: number;
  enabled: boolean;
  /** Each renewal brings a new refresh token. */
  changes: boolean;
  accessLifeS: number;
  maxConcurrency: number;
  minIntervalMs: number;
  /** The whole life of what a renewal moves on; null where nothing does. */
  lifeMs: number | null;
  /** Fingerprint of its credential; null where it holds none. */
  credential: string | null;
}

/** Says when a deployment runs. */
export interface PlannedRhythm {
  /** `cron(…)` or `rate(…)`; null where no schedule is set. */
  expression: string | null;
  timeZone: string;
  keepFresh: boolean;
  memoryMb: number;
}
