import type { Drift, Ending, Outcome, ShardFailure } from '../outcome.ts';
import type { ShardGauges } from './gauges.ts';

/** Says how the rotation of one shard went. */
export type ShardReport =
  | { kind: 'busy' }
  | { kind: 'failed'; failure: ShardFailure }
  | {
      kind: 'done';
      outcomes: Outcome[];
      gauges: ShardGauges;
      failure: ShardFailure | null;
      /** Says what is reported of ends and of platforms. A dry run reports nothing. */
      endings?: Ending[];
      drifts?: Drift[];
    };
