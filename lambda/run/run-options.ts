import type { Rhythm } from '../ahead/too-seldom.ts';
import type { Retry } from '../ask/asking.ts';
import type { Instant } from '../keep/elapsed.ts';

/** Describes what a run is at, for a person who watches it. */
export type RunProgress =
  /** So many of the shard's tenants to ask have been answered. */
  | {
      kind: 'answer';
      shard: string;
      tenants: readonly string[];
      issued: boolean;
      answers: number;
      asks: number;
    }
  | ({ kind: 'retry' } & Retry);

/** How a run is run. */
export interface RunOptions {
  runId: string;
  /**
   * Says when the process must be done, in milliseconds since the epoch. In Lambda that is the end
   * of its remaining time, and on a laptop Infinity.
   */
  deadlineAt: number;
  /** When `deadlineAt` was told. A wall clock that is set back later gives no time. Default: now. */
  toldAt?: Instant;
  /**
   * Says that nothing new may be asked. What is under way is brought to its end all the same, and
   * offered to the stores until `deadlineAt`. Default: never.
   */
  isStopped?: () => boolean;
  /** ARN of the execution of the fan-out that started the run, if one did. */
  fanOut?: string;
  /** How long to wait for a shard whose lease another run holds. Default 150,000. */
  busyWaitMs?: number | undefined;
  /**
   * After this long only one call of a shard goes on waiting for its lease. All others are `busy`.
   * Default: each waits.
   */
  sharedWaitMs?: number | undefined;
  /**
   * Has another process go on with the wait of that one call, in a run whose `watch` is the given
   * name. Returns false where it cannot. Absent: the call waits itself.
   */
  handOverWatch?: ((watch: string) => Promise<boolean>) | undefined;
  /** The name of a wait that was handed to this run. Any other run of that name is `busy`. */
  watch?: string | undefined;
  /** How long a lease that was not given back is watched. Only tests set it. Default 120,000. */
  watchMs?: number | undefined;
  /** Called for every answer as it comes, and for every wait before a tenant is asked again. */
  onProgress?: (progress: RunProgress) => void;
  /** How often tenants are renewed, for a dry run. Absent: it says nothing of it. */
  rhythm?: Rhythm | undefined;
}
