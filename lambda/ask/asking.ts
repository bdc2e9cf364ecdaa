import type { Offering } from '../keep/keep-offering.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Tries } from './next-step.ts';
import type { Pacer } from './pacer.ts';
import type { Sending } from './sending.ts';

/** A tenant that will be asked again. Holds no secret. */
export interface Retry {
  tenant: string;
  /** Where it is asked. */
  host: string;
  /** The network's code, or the HTTP status. */
  why: string;
}

/** Describes what asking works with. */
export interface Asking {
  run: ShardRun;
  pacer: Pacer;
  offering: Offering;
  /** Says whether faults that may pass are tried again. */
  mayRetry: boolean;
  /** The last instant, by the monotonic clock, at which a tenant's first exchange may begin. */
  latestAt: number;
  /** Called before the wait for another try. */
  onRetry: (retry: Retry) => void;
}

/** Describes what one tenant is asked with. */
export interface Turn {
  tenant: Tenant;
  names: readonly string[];
  sending: Sending;
  tries: Tries;
}
