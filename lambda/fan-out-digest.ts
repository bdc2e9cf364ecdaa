import type { Context } from 'aws-lambda';
import pLimit from 'p-limit';
import { sendDigest } from './aws/digest-mail.ts';
import { openInvocation } from './aws/invocation.ts';
import { EventError } from './event.ts';
import { toPublicError } from './fault.ts';
import { isName } from './names.ts';
import type { Report } from './outcome.ts';
import type { Archive } from './ports.ts';
import { digest } from './report/digest.ts';

/** What the state machine says at its end. */
interface FanOutEnd {
  started_at: string;
  failed_shards: string[];
}

const READS_AT_ONCE = 10;

/**
 * The function at the end of a fan-out: takes `{started_at, failed_shards}`, reads every report
 * since then, and mails one digest of them. Returns how many reports there were. Throws where a
 * report cannot be read or the mail cannot be sent, so that the state machine tries again.
 */
export async function fanOutDigest(
  event: unknown,
  context: Context,
): Promise<{ reports: number; mailed: boolean }> {
  try {
    const { config, name, ports } = openInvocation(context, process.env);
    const { started_at, failed_shards } = parseFanOutEnd(event);
    const reports = await readReports(ports.archive, started_at);
    const told = new Set(
      reports.flatMap((report) => report.failures ?? []).map(({ shard }) => shard),
    );
    const mail = digest(
      reports,
      name,
      failed_shards.filter((shard) => !told.has(shard)),
    );
    const topic = config.alertsTopicArn;
    if (mail && topic) await sendDigest(mail, topic);
    return { reports: reports.length, mailed: mail !== null && topic !== null };
  } catch (error) {
    throw toPublicError(error);
  }
}

function parseFanOutEnd(event: unknown): FanOutEnd {
  if (
    typeof event === 'object' &&
    event !== null &&
    'started_at' in event &&
    'failed_shards' in event
  ) {
    const { started_at, failed_shards } = event;
    if (isInstant(started_at) && Array.isArray(failed_shards) && failed_shards.every(isShard))
      return { started_at, failed_shards };
  }
  throw new EventError(
    'The event must be {"started_at": an ISO-8601 instant, "failed_shards": a list of names}, as the state machine sends it.',
  );
}

async function readReports(archive: Archive, startedAt: string): Promise<Report[]> {
  const limit = pLimit(READS_AT_ONCE);
  // Keys have milliseconds, whatever the state machine sends.
  const keys = await archive.list('runs/', `runs/${new Date(startedAt).toISOString()}`);
  const values = await Promise.all(keys.map((key) => limit(() => archive.get(key))));
  return values.filter(isReport);
}

function isReport(value: unknown): value is Report {
  return (
    typeof value === 'object' &&
    value !== null &&
    'summary' in value &&
    'outcomes' in value &&
    Array.isArray(value.outcomes)
  );
}

function isInstant(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)
  );
}

function isShard(value: unknown): value is string {
  return typeof value === 'string' && isName(value);
}
