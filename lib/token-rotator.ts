import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Code, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DEFAULT_SHARD, isName } from '../lambda/names.ts';
import { createAlarms } from './alarms.ts';
import { createAlertsTopic } from './alerts-topic.ts';
import { allow } from './allow.ts';
import { createDashboard } from './dashboard.ts';
import { createDeadLetterQueue } from './dead-letter-queue.ts';
import { createFanOut } from './fan-out.ts';
import {
  allowDigest,
  allowListingShards,
  allowReports,
  allowRotation,
  createFunction,
  viaService,
} from './rotation-function.ts';
import { createSchedules } from './schedules.ts';
import { createStores, type Stores } from './stores.ts';

export interface TokenRotatorProps {
  /**
   * What everything is called: the secrets are `<name>/tenants` and `<name>/access-tokens`. Default
   * `token-rotator`.
   */
  readonly name?: string;
  /**
   * When all tenants are rotated: a `cron(…)` or `rate(…)` of EventBridge Scheduler. Default
   * `cron(17 2 ? * SUN *)`, Sunday 02:17.
   */
  readonly schedule?: string;
  /** Of the schedules, by its IANA name. Default `UTC`. */
  readonly timeZone?: string;
  /** Refresh access tokens that are about to end, every 30 minutes. Default false. */
  readonly keepFresh?: boolean;
  /** How long raw responses and reports are kept. Default 400 days. */
  readonly retention?: Duration;
  /**
   * Who is mailed alarms and digests; must confirm AWS's mail once. Default nobody: subscribe to
   * `alertsTopic`.
   */
  readonly alertAddress?: string;
  /** Memory of the function that rotates, in MiB. Default 512. */
  readonly memorySize?: number;
  /** Of one run. Default 15 minutes, Lambda's most. */
  readonly timeout?: Duration;
  /**
   * Concurrency kept for the function that rotates. Default none: small accounts cannot reserve
   * any.
   */
  readonly reservedConcurrentExecutions?: number;
  /** Run every shard in an invocation of its own, by a state machine. Default false. */
  readonly fanOut?: boolean;
  /**
   * How long ago the last good run for all tenants may be before the alarm: more than the
   * schedule's longest gap. Default 8 days.
   */
  readonly successWithin?: Duration;
  /**
   * ARN of the key that a destroyed deployment of this name left behind, with its bucket and its
   * secrets: these are used again, and no longer managed. Default none: they are created.
   */
  readonly takeOverKeyArn?: string;
  /**
   * The functions' code. Default the bundle in `dist/lambda`, as `buildLambda` of bin/build.ts
   * makes it.
   */
  readonly code?: Code;
}

/** Keeps a fleet's OAuth tokens alive: stores, functions, schedules, alarms and a dashboard. */
export class TokenRotator extends Construct {
  readonly key: IKey;
  readonly tenantsSecretName: string;
  readonly accessTokensSecretName: string;
  readonly archiveBucket: IBucket;
  readonly alertsTopic: ITopic;
  readonly rotationFunction: IFunction;
  /** The only function that consumers may invoke. */
  readonly refreshFunction: IFunction;
  /** With `fanOut` only. */
  readonly stateMachine: IStateMachine | undefined;
  readonly #stores: Stores;

  constructor(scope: Construct, id: string, props: TokenRotatorProps = {}) {
    super(scope, id);
    const name = props.name ?? 'token-rotator';
    const code = props.code ?? Code.fromAsset(join(import.meta.dirname, '..', 'dist', 'lambda'));
    const stores = createStores(this, {
      name,
      retention: props.retention ?? Duration.days(400),
      takeOverKeyArn: props.takeOverKeyArn,
    });
    const topic = createAlertsTopic(this, 'Alerts', props.alertAddress);
    const undelivered = createDeadLetterQueue(this, 'Undelivered');
    const failedRuns = createDeadLetterQueue(this, 'FailedRuns');

    const rotation = createFunction(this, 'Rotation', {
      description: `Rotates the tokens of ${name}`,
      code,
      handler: 'index.handler',
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.minutes(15),
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      stores,
    });
    allowRotation(rotation.role, stores);
    allowReports(rotation.role, stores.archive, 's3:PutObject');
    allowListingShards(rotation.role);
    // The schedules start runs asynchronously. A failed one is tried twice more, which is safe at
    // any time.
    allow(rotation.role, {
      sid: 'KeepFailed',
      actions: ['sqs:SendMessage'],
      resources: [failedRuns.queueArn],
    });
    rotation.fn.configureAsyncInvoke({
      retryAttempts: 2,
      onFailure: { bind: () => ({ destination: failedRuns.queueArn }) },
    });

    const refresh = createFunction(this, 'Refresh', {
      description: `Refreshes a tenant of ${name} on demand`,
      code,
      handler: 'index.refresh',
      memorySize: 512,
      timeout: Duration.minutes(5),
      stores,
    });
    allowRotation(refresh.role, stores);

    const fanOut = props.fanOut
      ? createFanOut(this, 'FanOut', { name, code, stores, rotation: rotation.fn, topic })
      : undefined;
    // With fan-out one digest is sent for all shards, at the end.
    if (!fanOut) allowDigest(rotation, topic);

    createSchedules(this, {
      schedule: props.schedule ?? 'cron(17 2 ? * SUN *)',
      timeZone: props.timeZone ?? 'UTC',
      keepFresh: props.keepFresh ?? false,
      target: fanOut
        ? { arn: fanOut.stateMachineArn, action: 'states:StartExecution' }
        : { arn: rotation.fn.functionArn, action: 'lambda:InvokeFunction' },
      undelivered,
    });
    const alarms = createAlarms(this, {
      name,
      topic,
      rotation: rotation.fn,
      fanOut,
      deadLetterQueues: [undelivered, failedRuns],
      successWithin: props.successWithin ?? Duration.days(8),
    });
    createDashboard(this, 'Dashboard', {
      name,
      alarms,
      rotation: rotation.fn,
      refresh: refresh.fn,
    });

    this.#stores = stores;
    this.key = stores.key;
    this.tenantsSecretName = stores.vault.secretName;
    this.accessTokensSecretName = stores.accessTokens.secretName;
    this.archiveBucket = stores.archive;
    this.alertsTopic = topic;
    this.rotationFunction = rotation.fn;
    this.refreshFunction = refresh.fn;
    this.stateMachine = fanOut;
  }

  /**
   * Lets `grantee`, of this account, read the access tokens of `shard` (default `default`), and
   * nothing else. Throws for a name that no shard can have.
   */
  grantRead(grantee: IGrantable, shard: string = DEFAULT_SHARD): Grant {
    if (!isName(shard))
      throw new Error(
        `"${shard}" cannot be a shard: names are letters, digits, dots, dashes and underscores, at most 64`,
      );
    const read = Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.#stores.accessTokens.arnOf(shard)],
    });
    const decrypt = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [this.key.keyArn],
      conditions: viaService(this, ['secretsmanager']),
    });
    return read.combine(decrypt);
  }

  /**
   * As grantRead; and lets `grantee` have a token refreshed on demand by the small function, which
   * answers without a token.
   */
  grantTokens(grantee: IGrantable, shard: string = DEFAULT_SHARD): Grant {
    const refresh = Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.refreshFunction.functionArn],
    });
    return this.grantRead(grantee, shard).combine(refresh);
  }
}
