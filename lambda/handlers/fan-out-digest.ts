import type { Context } from 'aws-lambda';
import pLimit from 'p-limit';
import * as z from 'zod/mini';
import { FOLDERS } from '../archive-folders.ts';
import { sendDigest } from '../aws/digest-mail.ts';
import { openInvocation } from '../aws/invocation.ts';
import { EventError } from '../event.ts';
import { isObject } from '../is-object.ts';
import { undamagedObject } from '../keep/undamaged-object.ts';
import { isName } from '../names.ts';
import type { Report } from '../outcome.ts';
import type { Archive } from '../ports.ts';
import { digest } from '../report/digest.ts';
import { joinAttempts } from '../report/join-attempts.ts';
import { toPublicError } from './public-error.ts';

const READS_AT_ONCE = 10;

/** The event that the state machine sends at its end. */
const fanOutEnd = z.lazy(() =>
  z.strictObject({
    started_at: z
      .string()
      .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)),
    execution: z.string(),
    failed_shards: z.array(z.string().check(z.refine(isName))),
  }),
);
type FanOutEnd = z.infer<typeof fanOutEnd>;

/**
 * Ends a fan-out. Takes `{started_at, execution, failed_shards}`, reads the reports since then, but
 * for those of another fan-out, and mails one digest of them. Returns how many reports there were.
 * Throws where a report cannot be read or the mail cannot be sent, so that the state machine tries
 * again.
 */
export async function fanOutDigest(
  event: unknown,
  context: Context,
): Promise<{ reports: number; mailed: boolean }> {
  try {
    const { config, name, ports } = openInvocation(context, process.env);
    const end = parseFanOutEnd(event);
    const reports = joinAttempts(await readReports(ports.archive, end), end.failed_shards);
    const mail = digest(reports, name, withoutReport(reports, end.failed_shards));
    const topic = config.alertsTopicArn;
    if (mail && topic) {
      await sendDigest(mail, topic);
    }
    return { reports: reports.length, mailed: mail !== null && topic !== null };
  } catch (error) {
    throw toPublicError(error);
  }
}

function parseFanOutEnd(event: unknown): FanOutEnd {
  const parsed = fanOutEnd.safeParse(event);
  if (parsed.success) {
    return parsed.data;
  }
  throw new EventError(
    'The event must be {"started_at": an ISO-8601 instant, "execution": an ARN, ' +
      '"failed_shards": a list of names}, as the state machine sends it.',
  );
}

/** In a fan-out, runs that somebody starts by hand send no mail, so they count too. */
async function readReports(
  archive: Archive,
  { started_at, execution }: FanOutEnd,
): Promise<Report[]> {
  // Keys have milliseconds, whatever the state machine sends.
  const from = `${FOLDERS.runs}${new Date(started_at).toISOString()}`;
  const keys = await archive.list(FOLDERS.runs, from);
  const values = await pLimit(READS_AT_ONCE).map(keys, (key) => undamagedObject(archive, key));
  return values
    .filter(isReport)
    .filter(({ fan_out }) => fan_out === undefined || fan_out === execution);
}

/** Returns the shards whose last attempt ended without a report. */
function withoutReport(reports: readonly Report[], failedShards: readonly string[]): string[] {
  const failures = reports.flatMap((report) => report.failures ?? []);
  const reported = new Set(failures.map(({ shard }) => shard));
  return failedShards.filter((shard) => !reported.has(shard));
}

function isReport(value: unknown): value is Report {
  return isObject(value) && 'summary' in value && Array.isArray(value.outcomes);
}
