/** CloudWatch namespace of every metric; the alarms and the dashboard listen there. */
export const METRIC_NAMESPACE = 'TokenRotator';

/** Every metric carries this dimension, the deployment's `<name>`. */
export const NAME_DIMENSION = 'name';
export const PROVIDER_DIMENSION = 'provider';
export const SHARD_DIMENSION = 'shard';

/**
 * Says what the functions report (by `name`, where nothing else is said) and the alarms and the
 * dashboard listen to.
 */
export const METRICS = {
  /** Tenants per outcome, of each run. */
  rotated: 'Rotated',
  recovered: 'Recovered',
  failed: 'Failed',
  deferred: 'Deferred',
  busy: 'Busy',
  uncommitted: 'Uncommitted',
  /** Tenants whose last attempt failed, dry runs included; also by name and provider. */
  failingTenants: 'FailingTenants',
  /**
   * Age in seconds of the oldest shard's last run for all tenants that ended well; dry runs
   * included.
   */
  secondsSinceSuccess: 'SecondsSinceSuccess',
  /**
   * Seconds until the first published access token ends, negative when it has; dry runs included.
   */
  secondsToNearestExpiry: 'SecondsToNearestExpiry',
  /**
   * Days until the first known end that no run can move, of a consent, a refresh token or a client
   * secret. Negative when it is over. Dry runs included.
   */
  daysToNextEnd: 'DaysToNextEnd',
  /** Tenants with a token that so far only the archive holds; dry runs included. */
  tokensWaiting: 'TokensWaiting',
  /**
   * Percent of 65,536 bytes, the fuller one of the shard's two secrets; dry runs included. Also by
   * name and shard.
   */
  shardFullness: 'ShardFullness',
  /**
   * Tenants that came back in a drill, and those of which a credential was missing; of drills
   * alone.
   */
  drillBack: 'DrillBack',
  drillMissing: 'DrillMissing',
  /** Milliseconds of one exchange, by name and provider. */
  exchangeLatency: 'ExchangeLatency',
} as const;
