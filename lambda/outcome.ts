/** Says why a tenant failed. bin/README.md ("When a tenant fails") says what to do about each. */
export type ErrorCode =
  | 'invalid_entry'
  | 'duplicate_credential'
  | 'needs_authorization'
  | 'app_rejected'
  | 'app_blocked'
  | 'request_rejected'
  | 'throttled'
  | 'provider_unavailable'
  | 'unknown_outcome'
  | 'bad_response'
  | 'unread_response'
  | 'account_changed'
  | 'needs_decision'
  | 'invalid_definition'
  | 'shard_full'
  | 'shard_unreadable'
  | 'archive_failed'
  | 'commit_failed';

/** The reason of an outcome for a tenant that was paused. */
export const DISABLED = 'it is disabled';

/** Describes what went wrong, in our own words: no token, no secret, no text of a provider. */
export interface Failure {
  code: ErrorCode;
  /** Says whether the next run may succeed without anybody doing anything. */
  retryable: boolean;
  message: string;
  next_step: string;
  /** The app whose client was refused. */
  app?: string;
  reply?: ReplyFacts;
}

/** Describes the answer behind a failure, by allow-listed codes: no text of a provider. */
export interface ReplyFacts {
  /** HTTP. */
  status?: number;
  /** Of the network, such as `ECONNREFUSED`. */
  network?: string;
  oauth_error?: string;
  /** The matches of a definition's patterns. */
  shown?: string;
}

/** Says why a tenant fails, as people and programs read it. Holds no secret. */
export interface Cause {
  cause: string;
  certainty: 'certain' | 'likely' | 'possible';
  /** Sentences, with the keys of the exchanges that show it. */
  evidence: string[];
  prevention: string;
  next_step: string;
}

/** What may become of a tenant, in the order in which reports count it. */
export const OUTCOME_STATUSES = [
  'rotated',
  'recovered',
  'failed',
  'skipped',
  'deferred',
  'busy',
  'uncommitted',
] as const;

export type OutcomeStatus = (typeof OUTCOME_STATUSES)[number];

/** Describes what became of one tenant in a run. Holds no secret. */
export interface Outcome {
  tenant: string;
  shard: string;
  provider: string | null;
  status: OutcomeStatus;
  /** Says why it was skipped, deferred or recovered, in a few words. */
  reason?: string;
  warning?: string;
  grant_type?: string;
  /** Null for a token that has no end. */
  expires_at?: string | null;
  refresh_token_changed?: boolean;
  /** Of the credential that is current now. */
  fingerprint?: string;
  archive_key?: string;
  /**
   * Of a new consent: hash of the account that it came from, or null where its platform does not
   * tell.
   */
  account?: string | null;
  /** No mail named this account yet, which was the first to consent. */
  first_account?: true;
  attempts?: number;
  duration_ms?: number;
  error?: Failure;
  /** It failed with another error, or did not fail, the last time. */
  newly_failing?: true;
  /** Says why it newly fails, the surest first. Absent where nobody could look. */
  causes?: Cause[];
  /** It failed the last time, and no longer does. */
  healed?: true;
  /** Names who can act, as the entry says, where it newly fails or is well again. */
  owner?: string;
  contact?: string;
  tags?: string[];
}

/** A fault of a whole shard: it fails the invocation. */
export interface ShardFailure {
  shard: string;
  code: 'shard_unreadable' | 'archive_failed' | 'commit_failed' | 'busy';
  message: string;
  next_step: string;
  /** The last run that came to this shard ended the same way: no second mail. */
  repeated?: true;
}

/**
 * The state of the fleet after a run over whole shards, dry or not. A value that nothing is known
 * of is null.
 */
export interface Gauges {
  /** Age of the oldest shard's last run for all tenants that ended well. */
  seconds_since_last_success: number | null;
  /** Until the first access token of an enabled tenant ends; below 0 when it has ended. */
  seconds_to_nearest_expiry: number | null;
  /**
   * Tokens that are in the archive and not in their secret: uncommitted now, or waiting for a
   * recovery.
   */
  tokens_waiting: number;
  /** Failing tenants of every provider that has tenants, 0 included. */
  failing_tenants: { provider: string; count: number }[];
  /** Of the fuller of a shard's two secrets, 0 to 1. */
  fullness: { shard: string; ratio: number }[];
  /** Until something ends that no run moves on; below 0 when it has ended. */
  days_to_next_end: number | null;
}

/** Something of a tenant that ends soon, reported once at 30, 14, 7 and 1 days. */
export interface Ending {
  tenant: string;
  shard: string;
  provider: string | null;
  app: string | null;
  kind: 'refresh_token' | 'unused' | 'access_token' | 'consent' | 'client_secret';
  ends_at: string;
  /** The platform, or the secret's owner, said so. Else it is counted by the platform's rules. */
  told: boolean;
  /** So many days or fewer are left. */
  threshold_days: 30 | 14 | 7 | 1;
  next_step: string;
  owner?: string;
  contact?: string;
}

/** A platform began to behave otherwise. Holds counts, and values that our definitions name. */
export interface Drift {
  provider: string;
  grant_type: string;
  /** `refresh_token`, a life in seconds, `latency_ms`, or a field, header or refusal by name. */
  aspect: string;
  was: string | number | null;
  is: string | number;
  /** Says when a run showed it first. */
  since: string;
  /** So many answers show it, of so many that could. */
  answers: number;
  of: number;
}

export type Summary = { total: number } & Record<OutcomeStatus, number>;

/** All outcomes of a run. Holds no secret. */
export interface Report {
  run_id: string;
  started_at: string;
  finished_at: string;
  /** Absent for a dry run, and where the report itself could not be archived. */
  report_key?: string;
  dry_run?: true;
  /** ARN of the execution of the fan-out that started the run, if one did. */
  fan_out?: string;
  summary: Summary;
  outcomes: Outcome[];
  /** Present where a shard failed as a whole. */
  failures?: ShardFailure[];
  /** Present where the run looked at whole shards. */
  gauges?: Gauges;
  /** Present where something ends soon that was not reported before. */
  endings?: Ending[];
  /** Present where a platform began to behave otherwise. */
  drifts?: Drift[];
}
