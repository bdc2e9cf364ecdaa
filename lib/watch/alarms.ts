import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** One alarm. It goes off at its threshold and above, or below where `operator` says so. */
export interface AlarmSpec {
  readonly metric: IMetric;
  readonly says: string;
  /** The heading of lib/RUNBOOK.md that says what it means, where to look and what to do. */
  readonly anchor: string;
  readonly threshold: number;
  readonly operator?: ComparisonOperator;
  readonly missing: TreatMissingData;
}

export type AlarmSpecs = Readonly<Record<string, AlarmSpec>>;

/** Creates an alarm for each spec, under its name; each one mails to `topic`. */
export function createAlarms(scope: Construct, topic: ITopic, specs: AlarmSpecs): Alarm[] {
  return Object.entries(specs).map(([id, spec]) => {
    const alarm = new Alarm(scope, `${id}Alarm`, {
      metric: spec.metric,
      alarmDescription: `${spec.says} What to do: lib/RUNBOOK.md#${spec.anchor}`,
      threshold: spec.threshold,
      comparisonOperator: spec.operator ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: spec.missing,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  });
}
