/** ARNs of what the state machine works with. */
export interface FanOutParts {
  readonly partition: string;
  readonly shardsArn: string;
  readonly rotationArn: string;
  readonly digestArn: string;
}

/**
 * How many invocations run at once. Each paces its clients on its own, so that a client shared by
 * shards may see this many times its pace.
 */
const MAX_SHARDS_AT_ONCE = 10;

/**
 * Does what Lambda itself does with a failed asynchronous invocation, with two more attempts, after
 * one minute and two.
 */
const RETRY_FAILED_RUN = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 60,
  MaxAttempts: 2,
  BackoffRate: 2,
};

/** Tries again after faults of the service and of its concurrency limit. No run has started. */
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
 * Returns the state machine, in the Amazon States Language (https://states-language.net). It asks
 * for the names of the shards, runs the function once per shard with `{"shard": …}` added to the
 * execution's input, has one digest sent, and fails if a shard did. Its states hold names and
 * nothing else, so that thousands of shards fit into the 256 KB of a state. JSONPath, and not
 * JSONata, since emulators run it too.
 */
export function fanOutDefinition({
  partition,
  shardsArn,
  rotationArn,
  digestArn,
}: FanOutParts): object {
  const invoke = {
    Type: 'Task',
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Retry: [RETRY_NOT_STARTED, RETRY_FAILED_RUN],
  };
  return {
    Comment: 'Runs the rotation once per shard',
    StartAt: 'Start',
    States: {
      Start: {
        Type: 'Pass',
        Parameters: { 'event.$': '$' },
        Next: 'FindShards',
      },
      FindShards: {
        ...invoke,
        Parameters: { FunctionName: shardsArn, Payload: {} },
        ResultSelector: { 'shards.$': '$.Payload.shards' },
        ResultPath: '$.found',
        Next: 'RotateShards',
      },
      RotateShards: {
        Type: 'Map',
        ItemsPath: '$.found.shards',
        ItemSelector: {
          'event.$': '$.event',
          client: { custom: { 'fan_out.$': '$$.Execution.Id' } },
          of: { 'shard.$': '$$.Map.Item.Value' },
        },
        MaxConcurrency: MAX_SHARDS_AT_ONCE,
        // Any number of them. What fails beyond its own Catch must not stop the others either.
        ToleratedFailureCount: 1_000_000,
        ItemProcessor: rotateShard(invoke, rotationArn),
        ResultSelector: { 'failed_shards.$': '$[*].failed_shard' },
        ResultPath: '$.results',
        Next: 'IsDryRun',
      },
      IsDryRun: {
        Type: 'Choice',
        Choices: [{ And: isTrue('$.event.dry_run'), Next: 'HasFailures' }],
        Default: 'SendDigest',
      },
      SendDigest: {
        ...invoke,
        Parameters: {
          FunctionName: digestArn,
          Payload: {
            'started_at.$': '$$.Execution.StartTime',
            'execution.$': '$$.Execution.Id',
            'failed_shards.$': '$.results.failed_shards',
          },
        },
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

function isTrue(variable: string): object[] {
  return [
    { Variable: variable, IsPresent: true },
    { Variable: variable, BooleanEquals: true },
  ];
}

/**
 * Returns the states of one shard. STANDARD, because an EXPRESS child ends after 5 minutes and a
 * run may take 15. A shard that went well returns nothing.
 */
function rotateShard(invoke: object, rotationArn: string): object {
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'RotateShard',
    States: {
      RotateShard: {
        ...invoke,
        Parameters: {
          FunctionName: rotationArn,
          // Not in the event, which says what to rotate. Three attempts of one execution tell
          // their news once.
          'ClientContext.$': 'States.Base64Encode(States.JsonToString($.client))',
          'Payload.$': 'States.JsonMerge($.event, $.of, false)',
        },
        ResultPath: null,
        // The other shards go on, and the execution fails at its end.
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'ShardFailed' }],
        Next: 'ShardDone',
      },
      ShardDone: {
        Type: 'Pass',
        Result: {},
        End: true,
      },
      ShardFailed: {
        Type: 'Pass',
        Parameters: { 'failed_shard.$': '$.of.shard' },
        End: true,
      },
    },
  };
}
