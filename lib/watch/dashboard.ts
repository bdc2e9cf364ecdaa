import { Aws, Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, type IAlarm, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ConnectPage } from '../functions/connect-page.ts';
import { functionsWidget, redeemWidget, visitsWidget } from './function-widgets.ts';
import {
  failingWidget,
  fullnessWidget,
  horizonWidget,
  latencyWidget,
  nowWidget,
  outcomesWidget,
} from './tenant-widgets.ts';
import { FULL_WIDTH, HALF_WIDTH } from './widget-size.ts';

export interface DashboardProps {
  readonly name: string;
  readonly alarms: readonly IAlarm[];
  readonly rotation: IFunction;
  readonly refresh: IFunction;
  readonly connect: ConnectPage | undefined;
}

/**
 * Creates the page that answers, from top to bottom: is all well, what became of the last runs,
 * whose fault is it, how long will it last.
 */
export function createDashboard(
  scope: Construct,
  id: string,
  { name, alarms, rotation, refresh, connect }: DashboardProps,
): Dashboard {
  const dashboard = new Dashboard(scope, id, {
    dashboardName: `${name}-${Aws.REGION}`,
    defaultInterval: Duration.days(28),
  });
  dashboard.addWidgets(
    new TextWidget({
      width: FULL_WIDTH,
      height: 2,
      markdown: [
        `# ${name}`,
        'Who fails, and what to do: `npm run tokens -- --stack <stack> status`.',
        'Every alarm has its section in lib/RUNBOOK.md.',
      ].join('\n'),
    }),
  );
  dashboard.addWidgets(
    new AlarmStatusWidget({
      title: 'Alarms',
      width: HALF_WIDTH,
      height: 6,
      alarms: [...alarms],
    }),
    nowWidget(name),
  );
  dashboard.addWidgets(outcomesWidget(name), failingWidget(name));
  dashboard.addWidgets(latencyWidget(name), fullnessWidget(name));
  dashboard.addWidgets(horizonWidget(name), functionsWidget(rotation, refresh));
  if (connect) {
    dashboard.addWidgets(visitsWidget(connect), redeemWidget(connect));
  }
  return dashboard;
}
