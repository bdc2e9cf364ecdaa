import { join } from 'node:path';
import { Annotations, Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Code, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DEFAULT_SHARD } from '../lambda/names.ts';
import { connectCode } from './functions/connect-code.ts';
import { type ConnectPage, createConnectPage } from './functions/connect-page.ts';
import { createDeadLetterQueue } from './functions/dead-letter-queue.ts';
import { createFanOut } from './functions/fan-out.ts';
import { createRedeem } from './functions/redeem.ts';
import { createRefresh } from './functions/refresh.ts';
import { createRotation } from './functions/rotation.ts';
import { createSchedules } from './functions/schedules.ts';
import { checkShard, grantReading, grantRefreshing } from './rights/grants.ts';
import { allowDigest } from './rights/permissions.ts';
import { checkProps } from './settings/prop-rules.ts';
import { scheduleDoubts } from './settings/schedule-doubts.ts';
import { createStores, type Stores } from './stores/stores.ts';
import type { TokenRotatorProps } from './token-rotator-props.ts';
import { createAlarms } from './watch/alarms.ts';
import { createAlertsTopic } from './watch/alerts-topic.ts';
import { connectAlarms } from './watch/connect-alarms.ts';
import { createDashboard } from './watch/dashboard.ts';
import { rotationAlarms } from './watch/rotation-alarms.ts';

export type { TokenRotatorProps } from './token-rotator-props.ts';

/**
 * Keeps a fleet's OAuth tokens alive, with stores, functions, schedules, alarms and a dashboard.
 */
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
  /** With `connectPage` only, where links lead, and where platforms send clients back to. */
  readonly connect: ConnectPage | undefined;
  /** The schedule of the run for all tenants, an expression and a time zone, or `none`. */
  readonly scheduleText: string;
  readonly #stores: Stores;

  /** Throws one error that names every wrong property. */
  constructor(scope: Construct, id: string, props: TokenRotatorProps = {}) {
    super(scope, id);
    checkProps(props);
    const settings = withDefaults(props);
    const { name, code } = settings;
    const stores = createStores(this, settings);
    const topic = createAlertsTopic(this, 'Alerts', settings.alertAddress);
    const undelivered = createDeadLetterQueue(this, 'Undelivered');
    const failedRuns = createDeadLetterQueue(this, 'FailedRuns');

    const rotation = createRotation(this, 'Rotation', {
      ...settings,
      stores,
      failedRuns,
    });
    const refresh = createRefresh(this, 'Refresh', {
      name,
      code,
      stores,
      reservedConcurrentExecutions: settings.refreshConcurrency,
    });
    const fanOut = settings.fanOut
      ? createFanOut(this, 'FanOut', {
          name,
          code,
          stores,
          rotation: rotation.fn,
          topic,
        })
      : undefined;
    // With fan-out one digest is sent for all shards, at the end.
    if (!fanOut) {
      allowDigest(rotation, topic);
    }

    const connect = settings.connectPage
      ? createConnectPage(this, 'Connect', {
          name,
          code: props.connectCode ?? connectCode(props.connectLogo),
          title: props.connectTitle ?? name,
          contact: props.connectContact,
          stores,
          redeem: createRedeem(this, 'Redeem', {
            name,
            code,
            stores,
            failedRuns,
          }),
          reservedConcurrentExecutions: pagesAtOnce(props),
        })
      : undefined;

    createSchedules(this, {
      ...settings,
      target: fanOut
        ? { arn: fanOut.stateMachineArn, action: 'states:StartExecution' }
        : { arn: rotation.fn.functionArn, action: 'lambda:InvokeFunction' },
      undelivered,
    });
    const alarms = createAlarms(this, topic, {
      ...rotationAlarms({
        name,
        rotation: rotation.fn,
        fanOut,
        deadLetterQueues: [undelivered, failedRuns],
        successWithin: settings.successWithin,
      }),
      ...(connect && connectAlarms(connect)),
    });
    createDashboard(this, 'Dashboard', {
      name,
      alarms,
      rotation: rotation.fn,
      refresh,
      connect,
    });
    warnOfSchedule(this, settings);
    if (connect && props.connectTitle === undefined) {
      warnOfTitle(this, name);
    }

    this.#stores = stores;
    this.key = stores.key;
    this.tenantsSecretName = stores.vault.secretName;
    this.accessTokensSecretName = stores.accessTokens.secretName;
    this.archiveBucket = stores.archive;
    this.alertsTopic = topic;
    this.rotationFunction = rotation.fn;
    this.refreshFunction = refresh;
    this.stateMachine = fanOut;
    this.connect = connect;
    this.scheduleText =
      settings.schedule === 'none' ? 'none' : `${settings.schedule} ${settings.timeZone}`;
  }

  /**
   * Lets `grantee`, of this account, read the access tokens of `shard` (default `default`), and
   * nothing else. Throws for a name that no shard can have, and for a grantee of another account.
   */
  grantRead(grantee: IGrantable, shard: string = DEFAULT_SHARD): Grant {
    checkShard(shard);
    return grantReading(this, this.#stores, { grantee, shard });
  }

  /**
   * Grants what grantRead does, and lets `grantee` have a tenant of that shard refreshed on demand,
   * by an alias of the refresh function (`shard-<shard>`). The function answers without a token.
   * Throws as grantRead does.
   */
  grantTokens(grantee: IGrantable, shard: string = DEFAULT_SHARD): Grant {
    const read = this.grantRead(grantee, shard);
    return read.combine(grantRefreshing(this, this.refreshFunction, { grantee, shard }));
  }
}

type Settings = ReturnType<typeof withDefaults>;

function withDefaults(props: TokenRotatorProps) {
  return {
    name: props.name ?? 'token-rotator',
    schedule: props.schedule ?? 'cron(17 5 ? * SUN *)',
    timeZone: props.timeZone ?? 'UTC',
    keepFresh: props.keepFresh ?? false,
    retention: props.retention ?? Duration.days(400),
    alertAddress: props.alertAddress,
    memorySize: props.memorySize ?? 512,
    timeout: props.timeout ?? Duration.minutes(15),
    reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    refreshConcurrency: props.refreshConcurrency,
    fanOut: props.fanOut ?? false,
    successWithin: props.successWithin ?? Duration.days(8),
    takeOverKeyArn: props.takeOverKeyArn,
    connectPage: props.connectPage ?? false,
    code: props.code ?? Code.fromAsset(join(import.meta.dirname, '..', 'dist', 'lambda')),
  };
}

/** Visits that the page serves at once, in an account that has concurrency to reserve. */
const PAGES_AT_ONCE = 10;

function pagesAtOnce(props: TokenRotatorProps): number | undefined {
  return props.reservedConcurrentExecutions === undefined ? undefined : PAGES_AT_ONCE;
}

function warnOfTitle(scope: Construct, name: string): void {
  Annotations.of(scope).addWarningV2(
    'token-rotator:title',
    `Clients see "${name}" as who asks for their consent: set connectTitle to the name they know.`,
  );
}

/** The synthesis prints each doubt about the schedule, and goes on. */
function warnOfSchedule(scope: Construct, settings: Settings): void {
  if (settings.schedule === 'none') {
    return;
  }
  for (const doubt of scheduleDoubts(settings, new Date())) {
    Annotations.of(scope).addWarningV2('token-rotator:schedule', doubt);
  }
}
