import type { RefreshRequest, RunRequest } from './event.ts';
import type { Log } from './log.ts';
import type { Outcome, Report } from './outcome.ts';
import type { Archive, Clock, Http, Secrets, ShardStates } from './ports.ts';

/** Everything a run touches outside itself. */
export interface RunPorts {
  vault: Secrets;
  accessTokens: Secrets;
  archive: Archive;
  states: ShardStates;
  http: Http;
  clock: Clock;
  log: Log;
}

export interface RunOptions {
  runId: string;
  /** When the process must be done, in milliseconds since the epoch (Lambda's remaining time; Infinity on a laptop). */
  deadlineAt: number;
  /** How long to wait for a shard whose lease another run holds. Default 150,000. */
  busyWaitMs?: number;
  /** Told of every outcome as it is settled, for progress. */
  onOutcome?: (outcome: Outcome) => void;
}

/**
 * One rotation: chooses the tenants, rotates every shard, archives the report.
 * Throws UnknownTenantError-like RunError for a request that names what is not there, before anything is rotated;
 * shards that failed as a whole stand in the report's `failures`, and it is the caller who fails the invocation for them.
 */
export declare function rotate(ports: RunPorts, request: RunRequest, options: RunOptions): Promise<Report>;

/** Refreshes one tenant's token if it is due or refused, together with the shard's tokens that end within 30 minutes. */
export declare function refreshOnDemand(ports: RunPorts, request: RefreshRequest, options: RunOptions): Promise<Outcome>;
