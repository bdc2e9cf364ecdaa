/** Names and ARNs of what the state machine works with. */
export interface FanOutParts {
  readonly partition: string;
  /** Of the default shard's vault secret: `<name>/tenants`. */
  readonly tenantsSecretName: string;
  readonly rotationArn: string;
  readonly digestArn: string;
}

/**
 * Invocations under way at once: each paces its clients by itself, so that a client shared by
 * shards may see this many times its pace.
 */
const MAX_SHARDS_AT_ONCE = 10;

/** Keeps a page of ListSecrets, tags and all, far below the 256 KB that a state may hold. */
const PAGE_SIZE = 40;

/**
 * What Lambda itself does with a failed asynchronous invocation: two more attempts, after one
 * minute and two.
 */
const RETRY_FAILED_RUN = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 60,
  MaxAttempts: 2,
  BackoffRate: 2,
};

/** Faults of the service and of its concurrency limit, where no run has started. */
const RETRY_NOT_STARTED = {
  ErrorEquals: [
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 5,
  MaxAttempts: 6,
  BackoffRate: 2,
  JitterStrategy: 'FULL',
};

/**
 * The state machine, in the Amazon States Language (https://states-language.net): lists the shards
 * by name, runs the function once per shard with `{"shard": …}` added to the execution's input, has
 * one digest sent, and fails if a shard did. Its states hold names and nothing else. JSONPath, and
 * not JSONata: emulators run it too.
 */
export function fanOutDefinition({
  partition,
  tenantsSecretName,
  rotationArn,
  digestArn,
}: FanOutParts): object {
  const listSecrets = {
    Type: 'Task',
    Resource: `arn:${partition}:states:::aws-sdk:secretsmanager:listSecrets`,
    Retry: [
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: 2,
        MaxAttempts: 5,
        BackoffRate: 2,
        JitterStrategy: 'FULL',
      },
    ],
    ResultPath: '$.page',
    Next: 'JoinPage',
  };
  const filter = {
    Filters: [{ Key: 'name', Values: [`${tenantsSecretName}/`] }],
    MaxResults: PAGE_SIZE,
  };

  return {
    Comment: 'Runs the rotation once per shard',
    StartAt: 'Start',
    States: {
      // The default shard's secret has no suffix: it is named as if it had, and so needs no path of
      // its own.
      Start: {
        Type: 'Pass',
        Parameters: { 'event.$': '$', names: [`${tenantsSecretName}/default`] },
        Next: 'ListShards',
      },
      ListShards: { ...listSecrets, Parameters: filter },
      JoinPage: {
        Type: 'Pass',
        Parameters: { 'lists.$': 'States.Array($.names, $.page.SecretList[*].Name)' },
        ResultPath: '$.joined',
        Next: 'FlattenNames',
      },
      FlattenNames: {
        Type: 'Pass',
        InputPath: '$.joined.lists[*][*]',
        ResultPath: '$.names',
        Next: 'IsLastPage',
      },
      IsLastPage: {
        Type: 'Choice',
        Choices: [{ Variable: '$.page.NextToken', IsPresent: true, Next: 'ListMoreShards' }],
        Default: 'KeepNames',
      },
      ListMoreShards: {
        ...listSecrets,
        Parameters: { ...filter, 'NextToken.$': '$.page.NextToken' },
      },
      // Of all that ListSecrets tells, the rest of the execution and its output carry the names.
      KeepNames: {
        Type: 'Pass',
        Parameters: { 'event.$': '$.event', 'names.$': '$.names' },
        Next: 'RotateShards',
      },
      RotateShards: {
        Type: 'Map',
        ItemsPath: '$.names',
        ItemSelector: {
          'event.$': '$.event',
          of: { 'shard.$': "States.ArrayGetItem(States.StringSplit($$.Map.Item.Value, '/'), 2)" },
        },
        MaxConcurrency: MAX_SHARDS_AT_ONCE,
        // Any number of them: what fails beyond its own Catch must not stop the others either.
        ToleratedFailureCount: 1_000_000,
        ItemProcessor: rotateShard(partition, rotationArn),
        ResultSelector: { 'failed_shards.$': '$[*].failed_shard' },
        ResultPath: '$.results',
        Next: 'IsDryRun',
      },
      IsDryRun: {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.event.dry_run', IsPresent: true },
              { Variable: '$.event.dry_run', BooleanEquals: true },
            ],
            Next: 'HasFailures',
          },
        ],
        Default: 'SendDigest',
      },
      SendDigest: {
        Type: 'Task',
        Resource: `arn:${partition}:states:::lambda:invoke`,
        Parameters: {
          FunctionName: digestArn,
          Payload: {
            'started_at.$': '$$.Execution.StartTime',
            'failed_shards.$': '$.results.failed_shards',
          },
        },
        Retry: [RETRY_NOT_STARTED, RETRY_FAILED_RUN],
        ResultPath: null,
        Next: 'HasFailures',
      },
      HasFailures: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.results.failed_shards[0]', IsPresent: true, Next: 'ShardsFailed' },
        ],
        Default: 'Done',
      },
      ShardsFailed: {
        Type: 'Fail',
        Error: 'ShardsFailed',
        Cause: 'Some shards failed after their retries: the digest and the function log name them.',
      },
      Done: { Type: 'Succeed' },
    },
  };
}

/** STANDARD, because an EXPRESS child ends after 5 minutes and a run may take 15. */
function rotateShard(partition: string, rotationArn: string): object {
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'RotateShard',
    States: {
      RotateShard: {
        Type: 'Task',
        Resource: `arn:${partition}:states:::lambda:invoke`,
        Parameters: {
          FunctionName: rotationArn,
          'Payload.$': 'States.JsonMerge($.event, $.of, false)',
        },
        ResultSelector: { 'run_id.$': '$.Payload.run_id', 'summary.$': '$.Payload.summary' },
        Retry: [RETRY_NOT_STARTED, RETRY_FAILED_RUN],
        // A shard's trouble is its own: the others go on, and the end of the execution tells.
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'ShardFailed' }],
        End: true,
      },
      ShardFailed: { Type: 'Pass', Parameters: { 'failed_shard.$': '$.of.shard' }, End: true },
    },
  };
}
