import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allow } from '../rights/allow.ts';

/** The target of a schedule, the function, or with fan-out the state machine. */
interface ScheduleTarget {
  readonly arn: string;
  readonly action: 'lambda:InvokeFunction' | 'states:StartExecution';
}

export interface SchedulesProps {
  /** `cron(…)` or `rate(…)` of the run for every tenant, or `none`. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly keepFresh: boolean;
  readonly target: ScheduleTarget;
  readonly undelivered: IQueue;
}

/**
 * Half an hour until the next run, and a quarter in hand for its flexible start and for the time
 * that it takes.
 */
const KEEP_FRESH_HORIZON_SECONDS = 2_700;

/** Creates the weekly run, the daily dry run, and with `keepFresh` the half-hourly one. */
export function createSchedules(
  scope: Construct,
  { schedule, timeZone, keepFresh, target, undelivered }: SchedulesProps,
): void {
  const add = (
    id: string,
    props: { description: string; expression: string; flexibleMinutes: number; event: object },
  ): void => {
    const role = createSchedulerRole(scope, `${id}Role`, target, undelivered);
    new CfnSchedule(scope, id, {
      description: props.description,
      scheduleExpression: props.expression,
      scheduleExpressionTimezone: timeZone,
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: props.flexibleMinutes },
      target: {
        arn: target.arn,
        roleArn: role.roleArn,
        input: JSON.stringify(props.event),
        deadLetterConfig: { arn: undelivered.queueArn },
        // Delivery alone is retried here; a run that failed is retried by Lambda, or by the state
        // machine.
        retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
      },
    }).node.addDependency(role);
  };

  if (schedule !== 'none') {
    add('WeeklySchedule', {
      description: 'Rotates every tenant',
      expression: schedule,
      flexibleMinutes: 15,
      event: {},
    });
  }
  // Weekly metrics are too thin for an alarm's window of at most a week.
  add('DailySchedule', {
    description: 'Measures without touching anything, so that the alarms have something to judge',
    expression: 'cron(47 5 * * ? *)',
    flexibleMinutes: 15,
    event: { dry_run: true },
  });
  if (keepFresh) {
    add('KeepFreshSchedule', {
      description: 'Refreshes access tokens that are about to end',
      expression: 'rate(30 minutes)',
      flexibleMinutes: 5,
      event: { expiring_within_seconds: KEEP_FRESH_HORIZON_SECONDS },
    });
  }
}

function createSchedulerRole(
  scope: Construct,
  id: string,
  target: ScheduleTarget,
  undelivered: IQueue,
): Role {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  allow(role, {
    sid: 'Start',
    actions: [target.action],
    resources: [target.arn],
  });
  allow(role, {
    sid: 'KeepUndelivered',
    actions: ['sqs:SendMessage'],
    resources: [undelivered.queueArn],
  });
  return role;
}
