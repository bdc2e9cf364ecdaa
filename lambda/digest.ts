import type { Outcome, Report, ShardFailure } from './outcome.ts';

/** A mail of at most 99 ASCII characters of subject, as SNS wants it: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export interface Digest {
  subject: string;
  message: string;
}

const MAX_SUBJECT = 99;
/** Keeps the longest mail far below the 256 KB of SNS, and readable. */
const MAX_LISTED = 50;

/**
 * The mail about a run of the deployment `name`: who newly fails, who healed, which shards failed, and what to do. Null where nothing changed:
 * a failure is told once. Holds only our own words.
 */
export function digest(report: Report, name: string): Digest | null {
  if (report.dry_run) return null;
  const failures = (report.failures ?? []).filter((failure) => !failure.repeated);
  const failing = report.outcomes.filter((outcome) => outcome.newly_failing).sort(compareUrgency);
  const healed = report.outcomes.filter((outcome) => outcome.healed);
  if (failures.length + failing.length + healed.length === 0) return null;

  return {
    subject: subjectOf(name, failures.length, failing.length, healed.length),
    message: [
      `Deployment ${name}, run ${report.run_id}, ${report.started_at}`,
      ...section('Shards that failed', failures, showFailure),
      ...section('Tenants that newly fail', failing, showOutcome),
      ...section('Tenants that are well again', healed, showTenant),
      showSummary(report),
    ].join('\n\n'),
  };
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
  const rest = more > 0 ? [`- and ${more} more: the report names them all`] : [];
  return [[`${title} (${items.length}):`, ...items.slice(0, MAX_LISTED).map(show), ...rest].join('\n')];
}

function showFailure({ shard, code, message, next_step }: ShardFailure): string {
  return `- shard ${shard}: ${code}\n  ${message}\n  To do: ${next_step}`;
}

function showOutcome(outcome: Outcome): string {
  const { error } = outcome;
  return error ? `${showTenant(outcome)}: ${error.code}\n  ${error.message}\n  To do: ${error.next_step}` : showTenant(outcome);
}

function showTenant({ tenant, shard, provider }: Outcome): string {
  return `- ${tenant} (${provider ?? 'no provider'}, shard ${shard})`;
}

function showSummary({ summary, report_key }: Report): string {
  const counts = (['rotated', 'recovered', 'failed', 'skipped', 'deferred', 'busy', 'uncommitted'] as const)
    .filter((status) => summary[status] > 0)
    .map((status) => `${summary[status]} ${status}`);
  const where = report_key === undefined ? 'The report could not be archived.' : `The report is ${report_key} in the archive bucket.`;
  return `Of ${summary.total} tenants: ${counts.join(', ') || 'none was touched'}. ${where}`;
}
