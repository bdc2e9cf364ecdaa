import * as z from 'zod/mini';
import type { ErrorCode, OutcomeStatus, ShardFailure } from '../outcome.ts';

/**
 * What is remembered of one tenant between runs (design section 5). Holds fingerprints, never a
 * token.
 */
export interface TenantState {
  status: OutcomeStatus | 'new';
  /**
   * Fingerprints of its refresh tokens in the order they became current, the last being the current
   * one.
   */
  history: readonly string[];
  /** The turn that made the current one current. */
  history_turn: number;
  /** When it became current. */
  history_at: string | null;
  /** Whether an operator put it into the map, rather than an answer. */
  adopted: boolean;
  /** Archive key of the entry that holds the current credential's value. */
  credential_key: string | null;
  /**
   * Fingerprints of the authorization codes that were sent, newest last: none of them is ever sent
   * again.
   */
  codes_sent: readonly string[];
  /** Archive key of the newest exchange that issued it an access token. */
  archive_key: string | null;
  /**
   * What that token was issued for: the fingerprint of the credential that stood afterwards, or of
   * the request's identity.
   */
  token_for: string | null;
  rotated_at: string | null;
  expires_at: string | null;
  error: TenantError | null;
  /** The shard this tenant was split off to: here it is never asked again. */
  moved_to: string | null;
}

export interface TenantError {
  code: ErrorCode;
  since: string;
  attempts: number;
  /** When it was last tried. */
  tried_at: string;
  /** Fingerprint of the credential that failed, so that a new one is not held guilty. */
  credential: string | null;
}

/** The shard's lease and memory, `state/<shard>.json`. */
export interface ShardState {
  version: 1;
  /**
   * Fresh with each write, so that a write can be recognised as ours and no two texts are ever the
   * same.
   */
  nonce: string;
  lease: { holder: string; expires_at: string } | null;
  turn: number;
  /** The histories know every entry of the archive up to this turn, */
  replayed_turn: number;
  /** and from the turn before it on these keys: any other found there came late. */
  known_keys: readonly string[];
  newest_version_created_at: string | null;
  last_success_at: string | null;
  /** When tokens were replaced because they were refused, within the last day. */
  refusals_at: readonly string[];
  /** How the last run failed this shard as a whole. */
  failure: ShardFailure['code'] | null;
  tenants: ReadonlyMap<string, TenantState>;
}

/** A history keeps at most this many fingerprints (design section 5). */
export const HISTORY_CAP = 400;

export const newTenantState: TenantState = {
  status: 'new',
  history: [],
  history_turn: 0,
  history_at: null,
  adopted: false,
  credential_key: null,
  codes_sent: [],
  archive_key: null,
  token_for: null,
  rotated_at: null,
  expires_at: null,
  error: null,
  moved_to: null,
};

export const newShardState: ShardState = {
  version: 1,
  nonce: '',
  lease: null,
  turn: 0,
  replayed_turn: 0,
  known_keys: [],
  newest_version_created_at: null,
  last_success_at: null,
  refusals_at: [],
  failure: null,
  tenants: new Map(),
};

const text = z.nullable(z.string());
const tenantSchema = z.object({
  status: z.string(),
  history: z.array(z.string()),
  history_turn: z.number(),
  history_at: text,
  adopted: z.boolean(),
  credential_key: text,
  codes_sent: z.array(z.string()),
  archive_key: text,
  token_for: text,
  rotated_at: text,
  expires_at: text,
  error: z.nullable(
    z.object({
      code: z.string(),
      since: z.string(),
      attempts: z.number(),
      tried_at: z.string(),
      credential: text,
    }),
  ),
  moved_to: text,
});
const stateSchema = z.object({
  version: z.literal(1),
  nonce: z.string(),
  lease: z.nullable(z.object({ holder: z.string(), expires_at: z.string() })),
  turn: z.number(),
  replayed_turn: z.number(),
  known_keys: z.array(z.string()),
  newest_version_created_at: text,
  last_success_at: text,
  refusals_at: z.array(z.string()),
  failure: z.nullable(z.enum(['shard_unreadable', 'commit_failed', 'busy'])),
  tenants: z.record(z.string(), tenantSchema),
});

/**
 * Reads a state object's text. Throws where it is not one: nothing may run on a state that is not
 * understood.
 */
export function parseShardState(text: string): ShardState {
  const raw = stateSchema.parse(JSON.parse(text));
  return { ...raw, tenants: new Map(Object.entries(raw.tenants) as [string, TenantState][]) };
}

/** The text to store; the inverse of parseShardState. */
export function formatShardState(state: ShardState): string {
  return JSON.stringify({ ...state, tenants: Object.fromEntries(state.tenants) });
}
