import type { TenantState } from '../history/shard-state.ts';
import type { InvalidTenant, Tenant } from '../map/tenant.ts';
import type { Failure } from '../outcome.ts';

/** Says what a run does with one tenant. */
export type Choice =
  | { do: 'ask'; name: string; tenant: Tenant; warning?: string }
  | {
      do: 'skip' | 'defer' | 'report_recovered';
      name: string;
      provider: string | null;
      reason: string;
      expiresAt?: string;
    }
  /** `known`: on demand, the failure of a while ago is reported again without asking. */
  | { do: 'fail'; name: string; provider: string | null; failure: Failure; known?: true };

/** One tenant that is being decided about. */
export interface Candidate {
  name: string;
  entry: Tenant | InvalidTenant;
  state: TenantState;
  isNamed: boolean;
}
