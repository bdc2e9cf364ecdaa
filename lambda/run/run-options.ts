import type { FanOutAttempt } from '../outcome.ts';

/** How a run is run. */
export interface RunOptions {
  runId: string;
  /**
   * When the process must be done, in milliseconds since the epoch (Lambda's remaining time;
   * Infinity on a laptop).
   */
  deadlineAt: number;
  /** Which attempt at its shard a run of a fan-out is; absent for any other run. */
  fanOut?: FanOutAttempt;
  /** How long to wait for a shard whose lease another run holds. Default 150,000. */
  busyWaitMs?: number;
  /**
   * Told of every answer as it comes, for progress: so many of the shard's tenants to ask have been
   * answered.
   */
  onProgress?: (progress: {
    shard: string;
    tenants: readonly string[];
    issued: boolean;
    answers: number;
    asks: number;
  }) => void;
}
