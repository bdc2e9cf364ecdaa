import type { Outcome, Report, ShardFailure } from '../outcome.ts';

/**
 * A mail of at most 99 ASCII characters of subject, as SNS wants it:
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export interface Digest {
  subject: string;
  message: string;
}

const MAX_SUBJECT = 99;
/** Keeps the longest mail far below the 256 KB of SNS, and readable. */
const MAX_LISTED = 50;

/**
 * The mail about the runs of the deployment `name`, one or the shards of a fan-out: who newly
 * fails, who healed, which shards failed, and what to do. `silent` names shards whose run ended
 * without a report. Null where nothing changed: a failure is told once. Holds only our own words.
 */
export function digest(
  reports: readonly Report[],
  name: string,
  silent: readonly string[] = [],
): Digest | null {
  const real = reports.filter((report) => !report.dry_run);
  const outcomes = real.flatMap((report) => report.outcomes);
  const failures = latestByShard(real).filter((failure) => !failure.repeated);
  const failing = outcomes.filter((outcome) => outcome.newly_failing).sort(compareUrgency);
  const healed = outcomes.filter((outcome) => outcome.healed);
  if (failures.length + silent.length + failing.length + healed.length === 0) return null;

  return {
    subject: subjectOf(name, failures.length + silent.length, failing.length, healed.length),
    message: [
      `Deployment ${name}`,
      ...section('Shards that failed', failures, showFailure),
      ...section('Shards whose run ended without a report', silent, showSilent),
      ...section('Tenants that newly fail', failing, showOutcome),
      ...section('Tenants that are well again', healed, showTenant),
      ...section('Runs', real, showRun),
    ].join('\n\n'),
  };
}

/** A failed run of a shard is tried again: its last failure counts. */
function latestByShard(reports: readonly Report[]): ShardFailure[] {
  return [
    ...new Map(
      reports.flatMap((report) => report.failures ?? []).map((failure) => [failure.shard, failure]),
    ).values(),
  ];
}

function subjectOf(name: string, failures: number, failing: number, healed: number): string {
  const parts = [
    failures > 0 && `${failures} ${failures === 1 ? 'shard' : 'shards'} failed`,
    failing > 0 && `${failing} newly failing`,
    healed > 0 && `${healed} well again`,
  ];
  const what = parts.filter((part) => part !== false).join(', ');
  return `${name.slice(0, MAX_SUBJECT - what.length - 2)}: ${what}`;
}

/** What needs a person first. */
function compareUrgency(a: Outcome, b: Outcome): number {
  return Number(a.error?.retryable ?? true) - Number(b.error?.retryable ?? true);
}

function section<T>(title: string, items: readonly T[], show: (item: T) => string): string[] {
  if (items.length === 0) return [];
  const more = items.length - MAX_LISTED;
  const rest = more > 0 ? [`- and ${more} more: the reports name them all`] : [];
  return [
    [`${title} (${items.length}):`, ...items.slice(0, MAX_LISTED).map(show), ...rest].join('\n'),
  ];
}

function showFailure({ shard, code, message, next_step }: ShardFailure): string {
  return `- shard ${shard}: ${code}\n  ${message}\n  To do: ${next_step}`;
}

function showOutcome(outcome: Outcome): string {
  const { error } = outcome;
  return error
    ? `${showTenant(outcome)}: ${error.code}\n  ${error.message}\n  To do: ${error.next_step}`
    : showTenant(outcome);
}

function showTenant({ tenant, shard, provider }: Outcome): string {
  return `- ${tenant} (${provider ?? 'no provider'}, shard ${shard})`;
}

function showSilent(shard: string): string {
  return `- shard ${shard}\n  Its function ended too early. What it had archived is safe: the next run goes on from there.\n  To do: look into the function's log.`;
}

function showRun({ run_id, started_at, summary, report_key }: Report): string {
  const counts = (
    ['rotated', 'recovered', 'failed', 'skipped', 'deferred', 'busy', 'uncommitted'] as const
  )
    .filter((status) => summary[status] > 0)
    .map((status) => `, ${summary[status]} ${status}`);
  const where =
    report_key === undefined
      ? 'its report could not be archived'
      : `report ${report_key} in the archive bucket`;
  return `- ${run_id} of ${started_at}: ${summary.total} tenants${counts.join('')}; ${where}`;
}
