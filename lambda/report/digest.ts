import type { Failure, Outcome, Report, ShardFailure } from '../outcome.ts';
import { escapeUnseen, shown } from '../shown.ts';
import { driftLines, endingLines, peopleText } from './ahead-lines.ts';
import { type CauseGroup, causeText, groupByCause, isExplained } from './cause-groups.ts';

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
 * Returns the mail about the runs of the deployment `name`, one run or the shards of a fan-out. It
 * says which tenants newly fail, which are well again, which shards failed, and what to do.
 * `silent` names shards whose run ended without a report. Returns null if nothing changed, since a
 * failure is mailed once. The mail holds only our own words.
 */
export function digest(
  reports: readonly Report[],
  name: string,
  silent: readonly string[] = [],
): Digest | null {
  const real = reports.filter((report) => !report.dry_run);
  const outcomes = real.flatMap((report) => report.outcomes);
  const failures = latestByShard(real).filter((failure) => !failure.repeated);
  const failing = outcomes.filter((outcome) => outcome.newly_failing);
  const healed = outcomes.filter((outcome) => outcome.healed);
  const accounts = outcomes.filter((outcome) => outcome.first_account);
  const endings = endingLines(real.flatMap((report) => report.endings ?? []));
  const drifts = driftLines(real.flatMap((report) => report.drifts ?? []));
  const subject = subjectOf(name, [
    [failures.length + silent.length, 'shard failed', 'shards failed'],
    [failing.length, 'newly failing'],
    [healed.length, 'well again'],
    [accounts.length, 'first consent', 'first consents'],
    [endings.length, 'ending soon'],
    [drifts.length, 'platform changed', 'platforms changed'],
  ]);
  if (subject === null) return null;
  return {
    subject,
    message: [
      `Deployment ${name}`,
      ...section('Shards that failed', failures, showFailure),
      ...section('Shards whose run ended without a report', silent, showSilent),
      ...failingSection(failing),
      ...section('Tenants that are well again', healed, showTenant),
      ...section('Accounts that consented for the first time', accounts, showAccount),
      ...section('What ends soon', endings, String),
      ...section('Platforms that behave otherwise than before', drifts, String),
      ...section('Runs', real, showRun),
    ].join('\n\n'),
  };
}

/** A failed run of a shard is tried again. Its last failure counts. */
function latestByShard(reports: readonly Report[]): ShardFailure[] {
  return [
    ...new Map(
      reports.flatMap((report) => report.failures ?? []).map((failure) => [failure.shard, failure]),
    ).values(),
  ];
}

/** Null where nothing happened. */
function subjectOf(
  name: string,
  counts: readonly [count: number, one: string, many?: string][],
): string | null {
  const happened = counts.filter(([count]) => count > 0);
  const parts = happened.map(([count, one, many = one]) => `${count} ${count === 1 ? one : many}`);
  const what = parts.join(', ').slice(0, MAX_SUBJECT - 2);
  return what === '' ? null : `${name.slice(0, MAX_SUBJECT - what.length - 2)}: ${what}`;
}

/** One entry for each cause, what needs a person first. */
function failingSection(failing: readonly Outcome[]): string[] {
  if (failing.length === 0) return [];
  const entries = [true, false].flatMap((needsPerson) => {
    const some = failing.filter(({ error }) => error?.retryable === !needsPerson);
    const troubles = some.flatMap((outcome) => withError(outcome));
    return groupByCause(troubles).map((group) => showGroup(group, troubles));
  });
  const more = entries.length - MAX_LISTED;
  const rest = more > 0 ? [`- and ${more} more causes: the reports name them all`] : [];
  const title = `Tenants that newly fail (${failing.length}):`;
  return [[title, ...entries.slice(0, MAX_LISTED), ...rest].join('\n')];
}

type FailedOutcome = Outcome & { error: Failure };

function withError(outcome: Outcome): FailedOutcome[] {
  const { error } = outcome;
  return error ? [{ ...outcome, error }] : [];
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
  const what = escapeUnseen(message);
  return `- shard ${shard}: ${code}\n  ${what}\n  To do: ${escapeUnseen(next_step)}`;
}

function showGroup(group: CauseGroup, troubles: readonly FailedOutcome[]): string {
  const { tenants, provider, code, message, next_step } = group;
  const only = troubles.find(({ tenant }) => tenants.length === 1 && tenant === tenants[0]);
  const head = only
    ? showTenant(only)
    : `- ${tenants.length} tenants (${shown(provider ?? 'no provider')})`;
  const names = only ? [] : namesByPeople(tenants, troubles);
  const cause = isExplained(group) ? [`Cause: ${causeText(group)}`] : [];
  const lines = [escapeUnseen(message), ...cause, `To do: ${escapeUnseen(next_step)}`, ...names];
  return [`${head}: ${code}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** One line for those who can act, with the tenants for which they can. */
function namesByPeople(tenants: readonly string[], troubles: readonly FailedOutcome[]): string[] {
  const peopleOf = new Map(troubles.map((one) => [one.tenant, peopleText(one.owner, one.contact)]));
  const listed = tenants.slice(0, MAX_LISTED);
  const people = [...new Set(listed.map((tenant) => peopleOf.get(tenant) ?? ''))];
  const lines = people.map((ask) => {
    const names = listed.filter((tenant) => (peopleOf.get(tenant) ?? '') === ask);
    return `${ask === '' ? '' : `Ask ${ask}: `}${names.map(shown).join(', ')}`;
  });
  const more = tenants.length - listed.length;
  return [...lines, ...(more > 0 ? [`- and ${more} more: the reports name them all`] : [])];
}

function showTenant({ tenant, shard, provider, owner, contact, tags = [] }: Outcome): string {
  const people = peopleText(owner, contact);
  const ask = people === '' ? '' : `, ask ${people}`;
  const tagged = tags.length === 0 ? '' : `, tags ${tags.map(shown).join(', ')}`;
  return `- ${shown(tenant)} (${shown(provider ?? 'no provider')}, shard ${shard})${ask}${tagged}`;
}

/** The hash is what `tokens status` shows, and what the next consent is compared with. */
function showAccount(outcome: Outcome): string {
  return `${showTenant(outcome)}: account ${outcome.account}`;
}

function showSilent(shard: string): string {
  return (
    `- shard ${shard}\n  Its function ended too early. What it had archived is safe: ` +
    "the next run goes on from there.\n  To do: look into the function's log."
  );
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
