import type { LifecycleEvent } from '../lifecycle-event.ts';
import type { ErrorCode, OutcomeStatus, ReplyFacts, ShardFailure } from '../outcome.ts';
import type { Observed, ToldOfTenant } from './ahead-state.ts';
import { type Knowledge, newKnowledge } from './families.ts';
import type { Form1State } from './form1-state.ts';
import type { TenantAccount } from './tenant-account.ts';

/** Describes what is remembered of one tenant between runs. Holds fingerprints, and no token. */
export interface TenantState {
  status: OutcomeStatus | 'new';
  error: TenantError | null;
  /** The shard this tenant was split off to. Here it is never asked again. */
  moved_to: string | null;
  /** Says what people and programs last heard of it. */
  told?: ToldOfTenant | undefined;
  /** The oldest first. */
  former_names?: readonly FormerName[] | undefined;
  /** Says from whose account its consents came, where its platform tells. */
  account?: TenantAccount | undefined;
  /** It is well again, and no mail said so yet. A run found it that sends no mail. */
  recovery_untold?: true | undefined;
}

/** A name that a tenant had before it was renamed. */
export interface FormerName {
  name: string;
  /** ISO-8601. Exchanges of before, under this name, are the tenant's. */
  renamed_at: string;
  /** Says with which full run from now on its access token leaves this name. */
  runs_left: number;
}

export interface TenantError {
  code: ErrorCode;
  since: string;
  attempts: number;
  /** Says when it was last tried. */
  tried_at: string;
  /** Fingerprint of the credential that failed, so that a new one is not blamed. */
  credential: string | null;
  /** Fingerprint of the settings that failed, so that corrected ones are not blamed. */
  settings?: string | undefined;
  /** Describes the answer, so that a later report uses the same words. */
  reply?: ReplyFacts | undefined;
  /** Says it as the run did, where code and answer alone would say it otherwise. */
  words?: { message: string; next_step: string } | undefined;
  /** No mail reported it yet. A run found it that sends no mail. */
  untold?: true | undefined;
}

/** The shard's lease and memory, `state/<shard>.json`. */
export interface ShardState {
  /** Fresh with each write, so that a write is recognised as ours and no two texts are the same. */
  nonce: string;
  /** `expires_at` is for people. No run decides by it. */
  lease: { holder: string; expires_at: string } | null;
  turn: number;
  /** The turn of the last complete run: what the archive got up to it is known. */
  replayed_turn: number;
  /** Says whether a run may have ended without storing what it knew. */
  suspect: boolean;
  newest_version_created_at: string | null;
  last_success_at: string | null;
  /** Says when the shard's state was first written. */
  created_at: string | null;
  /** Says when tokens were replaced because they were refused, within the last day. */
  refusals_at: readonly string[];
  /** Says when runs asked a provider, within the last day. */
  asked_at: { on_demand: readonly string[]; other: readonly string[] };
  /** Which of its secrets worked last, by client. Both are fingerprints. */
  secret_hints: Readonly<Record<string, string>>;
  /** How the last run failed this shard as a whole. */
  failure: ShardFailure['code'] | null;
  /** Says when an operator said that the shard is gone for good. */
  forgotten_at: string | null;
  tenants: ReadonlyMap<string, TenantState>;
  knowledge: Knowledge;
  /** How platforms behave, by `provider/grant`. */
  observed: Observed;
  /** Events that wait to be sent. */
  outbox: readonly LifecycleEvent[];
  /**
   * The state as version 0.1 wrote it. It stays whole until the index has all of its fingerprints.
   */
  form1: Form1State | null;
}

export const newTenantState: TenantState = {
  status: 'new',
  error: null,
  moved_to: null,
};

/** Returns the shard to which a tenant was moved, or null. */
export function movedTo(tenants: ReadonlyMap<string, TenantState>, tenant: string): string | null {
  return tenants.get(tenant)?.moved_to ?? null;
}

/** Tells whether the run that wrote a state gave its lease back with nothing left to doubt. */
export function hasEndedWell({ lease, suspect }: Pick<ShardState, 'lease' | 'suspect'>): boolean {
  return lease === null && !suspect;
}

/** Returns the state of a shard that has none yet. */
export function newShardState(): ShardState {
  return {
    nonce: '',
    lease: null,
    turn: 0,
    replayed_turn: 0,
    suspect: false,
    newest_version_created_at: null,
    last_success_at: null,
    created_at: null,
    refusals_at: [],
    asked_at: { on_demand: [], other: [] },
    secret_hints: {},
    failure: null,
    forgotten_at: null,
    tenants: new Map(),
    knowledge: newKnowledge(),
    observed: {},
    outbox: [],
    form1: null,
  };
}
