import type { Context } from 'aws-lambda';
import { runFinished, shardFailed } from '../ahead/event-builders.ts';
import { sendDigest } from '../aws/digest-mail.ts';
import { openEventBus } from '../aws/event-bus.ts';
import { openInvocation } from '../aws/invocation.ts';
import { log, logResult } from '../aws/log.ts';
import { STORE_CALL_MS } from '../deadlines.ts';
import { asksForDrill, asksToRedeem, parseEvent } from '../event.ts';
import type { Report } from '../outcome.ts';
import { type LifecycleEvents, StoreError } from '../ports.ts';
import { cutReport } from '../report/cut-report.ts';
import { type Digest, digest } from '../report/digest.ts';
import type { DrillReport } from '../report/drill-report.ts';
import { publishMetrics } from '../report/metrics.ts';
import { failuresText } from '../report/shard-failure.ts';
import type { Redeemed } from '../run/redeem-link.ts';
import { rotate } from '../run/rotate.ts';
import { holdDrill } from './hold-drill.ts';
import { ShardsFailedError, toPublicError } from './public-error.ts';
import { redeem } from './redeem.ts';

export { fanOutDigest } from './fan-out-digest.ts';
export { fanOutShards } from './fan-out-shards.ts';
export { refresh } from './refresh.ts';
export { redeem };

/**
 * Rotates, by the event that parseEvent describes. Returns the report, cut to what a reader can
 * take in, and logs the same. A failed tenant is a result. Throws for a bad event or configuration,
 * and for shards that failed as a whole, so that Lambda tries again and counts an error. The events
 * of the redeem function and of a drill are taken here too.
 */
export async function handler(
  event: unknown,
  context: Context,
): Promise<Report | Redeemed | DrillReport> {
  if (asksToRedeem(event)) {
    return redeem(event, context);
  }
  if (asksForDrill(event)) {
    return holdDrill(event, context);
  }
  try {
    return await run(event, context);
  } catch (error) {
    throw toPublicError(error);
  }
}

async function run(event: unknown, context: Context): Promise<Report> {
  const { config, name, ports, options, metrics } = openInvocation(context, process.env);
  const events = openEventBus(name);
  const report = await rotate({ ...ports, events }, parseEvent(event), options);

  publishMetrics(report, metrics);
  if (!report.dry_run) {
    await tellEnd(events, report, options.deadlineAt);
  }
  const result = cutReport(report);
  logResult(result);
  const mail = digest([report], name);
  if (mail && config.alertsTopicArn) {
    await trySendDigest(mail, config.alertsTopicArn, report.run_id);
  }
  if (report.failures && report.failures.length > 0) {
    const { failures, report_key } = report;
    const where =
      report_key === undefined ? '' : ` The report is ${report_key} in the archive bucket.`;
    throw new ShardsFailedError(`${failuresText(failures)}${where}`);
  }
  return result;
}

/**
 * These speak of the run itself, and of shards whose state may be out of reach. They are sent as
 * well as can be, and no later run sends them again.
 */
async function tellEnd(events: LifecycleEvents, report: Report, deadlineAt: number): Promise<void> {
  const at = report.finished_at;
  const ended = [
    ...(report.failures ?? []).map((failure) => shardFailed(failure, at)),
    runFinished(report),
  ];
  const hasTime = () => deadlineAt - Date.now() > 2 * STORE_CALL_MS;
  const { failure: cause } = await events.send(ended, hasTime);
  if (cause !== undefined) {
    log({
      level: 'warn',
      message: 'Events could not be sent',
      run_id: report.run_id,
      cause,
    });
  }
}

/** A mail that cannot be sent must not undo a run that worked. */
async function trySendDigest(mail: Digest, topicArn: string, runId: string): Promise<void> {
  try {
    await sendDigest(mail, topicArn);
  } catch (error) {
    const cause = error instanceof StoreError ? error.message : 'an unknown fault';
    log({
      level: 'error',
      message: 'The digest could not be sent',
      run_id: runId,
      cause,
    });
  }
}
