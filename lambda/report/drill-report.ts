import type { ShardFailure } from '../outcome.ts';

/**
 * Says why a credential would not come back. Nobody has its value, an object that tells of it cannot
 * be read, or nothing says any more that it followed the one in that map.
 */
export type DrillCause = 'not_in_archive' | 'unreadable' | 'link_lost';

/** A tenant whose current credential would not come back. Holds no secret. */
export interface Missing {
  tenant: string;
  /** Of the credential that it works with now. */
  fingerprint: string | null;
  /** The object of the archive that should hold it, where that is known. */
  archive_key: string | null;
  cause: DrillCause;
  /** A run over that map would send an older credential. */
  sends_older: boolean;
  message: string;
  next_step: string;
}

/** A tenant that the old map has under another name. */
export interface Renamed {
  from: string;
  to: string;
}

/** Says what would come back of one shard. Holds no secret. */
export interface ShardDrill {
  shard: string;
  /** Says when the map version was made; null for a map from a file, and where none is kept. */
  map_created_at: string | null;
  /** So many tenants the shard has now. */
  tenants: number;
  /** So many of them would work as before. */
  back: number;
  /** Tenants that the old map lacks, or has without a credential. The archive holds theirs. */
  to_add: string[];
  /** Tenants that the old map has under another name. Their credentials would come back there. */
  renamed: Renamed[];
  missing: Missing[];
  /** Tenants that the old map has, and that were removed since. Those who were moved are none. */
  removed: string[];
  /** Tenants whose other fields, or those of their app, were edited since. */
  edited: string[];
  /** Keys of archived exchanges, and of records of the index, that cannot be read. */
  unreadable: string[];
}

export type ShardDrillResult =
  | { kind: 'done'; result: ShardDrill }
  | { kind: 'failed'; failure: ShardFailure };

/** Says what would come back of all shards. Holds no secret. */
export interface DrillReport {
  back: number;
  of: number;
  shards: ShardDrill[];
  /** Shards of which nothing can be said. */
  failures: ShardFailure[];
}
