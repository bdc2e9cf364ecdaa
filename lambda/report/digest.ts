import { groupBy } from '../group-by.ts';
import {
  type Failure,
  OUTCOME_STATUSES,
  type Outcome,
  type Report,
  type ShardFailure,
} from '../outcome.ts';
import { escapeUnseen, shown } from '../shown.ts';
import { driftLines, endingLines, peopleText } from './ahead-lines.ts';
import { type CauseGroup, causeText, groupByCause, isExplained } from './cause-groups.ts';

/**
 * A mail. Its subject has at most 99 ASCII characters, as SNS wants it:
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export interface Digest {
  subject: string;
  message: string;
}

const MAX_SUBJECT = 99;
/** Keeps a mail readable. */
const MAX_LISTED = 50;
const MAX_TAGS = 10;
/** SNS takes 262,144 bytes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_BYTES = 200_000;

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
  const news: News = {
    failures,
    silent,
    failing: outcomes.filter((outcome) => outcome.newly_failing),
    healed: outcomes.filter((outcome) => outcome.healed),
    accounts: outcomes.filter((outcome) => outcome.first_account),
    endings: endingLines(real.flatMap((report) => report.endings ?? [])),
    drifts: driftLines(real.flatMap((report) => report.drifts ?? [])),
  };
  const subject = subjectOf(name, news);
  if (subject === null) {
    return null;
  }
  const sections = [
    `Deployment ${name}`,
    ...section('Shards that failed', failures, showFailure),
    ...section('Shards whose run ended without a report', silent, showSilent),
    ...failingSection(news.failing),
    ...section('Tenants that are well again', news.healed, showTenant),
    ...section('Accounts that consented for the first time', news.accounts, showAccount),
    ...section('What ends soon', news.endings, String),
    ...section('Platforms that behave otherwise than before', news.drifts, String),
    ...section('Runs', real, showRun),
  ];
  return { subject, message: cutToSize(sections.join('\n\n')) };
}

/** Ends a mail that is too long behind a whole line. Without that nobody would get it. */
function cutToSize(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_BYTES) {
    return message;
  }
  const kept = bytes.subarray(0, MAX_BYTES).toString();
  return `${kept.slice(0, kept.lastIndexOf('\n'))}\n\nThis mail was too long: the reports hold the rest.`;
}

/** Holds what a mail tells. */
interface News {
  failures: readonly ShardFailure[];
  silent: readonly string[];
  failing: readonly Outcome[];
  healed: readonly Outcome[];
  accounts: readonly Outcome[];
  endings: readonly string[];
  drifts: readonly string[];
}

/** A failed run of a shard is tried again. Its last failure counts. */
function latestByShard(reports: readonly Report[]): ShardFailure[] {
  const latest = new Map<string, ShardFailure>();
  for (const failure of reports.flatMap((report) => report.failures ?? [])) {
    latest.set(failure.shard, failure);
  }
  return [...latest.values()];
}

/** Returns null where nothing happened. */
function subjectOf(name: string, news: News): string | null {
  const parts = [
    counted(news.failures.length + news.silent.length, 'shard failed', 'shards failed'),
    counted(news.failing.length, 'newly failing'),
    counted(news.healed.length, 'well again'),
    counted(news.accounts.length, 'first consent', 'first consents'),
    counted(news.endings.length, 'ending soon'),
    counted(news.drifts.length, 'platform changed', 'platforms changed'),
  ];
  const what = parts
    .flat()
    .join(', ')
    .slice(0, MAX_SUBJECT - 2);
  if (what === '') {
    return null;
  }
  const shortName = name.slice(0, MAX_SUBJECT - what.length - 2);
  return `${shortName}: ${what}`;
}

function counted(count: number, one: string, many: string = one): string[] {
  if (count === 0) {
    return [];
  }
  return [`${count} ${count === 1 ? one : many}`];
}

/** Shows an entry for each cause. Those that need a person come first. */
function failingSection(failing: readonly Outcome[]): string[] {
  if (failing.length === 0) {
    return [];
  }
  const troubles = failing.flatMap(withError);
  const forPeople = troubles.filter(({ error }) => !error.retryable);
  const passing = troubles.filter(({ error }) => error.retryable);
  const entries = [...showGroups(forPeople), ...showGroups(passing)];
  const title = `Tenants that newly fail (${failing.length}):`;
  return [[title, ...atMost(entries, 'more causes')].join('\n')];
}

type FailedOutcome = Outcome & { error: Failure };

function withError(outcome: Outcome): FailedOutcome[] {
  const { error } = outcome;
  return error ? [{ ...outcome, error }] : [];
}

function showGroups(troubles: readonly FailedOutcome[]): string[] {
  return groupByCause(troubles).map((group) => showGroup(group, troubles));
}

function section<T>(title: string, items: readonly T[], show: (item: T) => string): string[] {
  if (items.length === 0) {
    return [];
  }
  const lines = atMost(items.map(show), 'more');
  return [[`${title} (${items.length}):`, ...lines].join('\n')];
}

/** Leaves out what would make the mail too long, and says how many were left out. */
function atMost(lines: readonly string[], what: 'more' | 'more causes'): string[] {
  const left = lines.length - MAX_LISTED;
  if (left <= 0) {
    return [...lines];
  }
  return [...lines.slice(0, MAX_LISTED), `- and ${left} ${what}: the reports name them all`];
}

function showFailure({ shard, code, message, next_step }: ShardFailure): string {
  const what = escapeUnseen(message);
  return `- shard ${shard}: ${code}\n  ${what}\n  To do: ${escapeUnseen(next_step)}`;
}

function showGroup(group: CauseGroup, troubles: readonly FailedOutcome[]): string {
  const { tenants, provider, code, message, next_step } = group;
  const [first] = tenants;
  const only = tenants.length === 1 ? troubles.find(({ tenant }) => tenant === first) : undefined;
  const all = `- ${tenants.length} tenants (${shown(provider ?? 'no provider')})`;
  const head = only ? showTenant(only) : all;
  const lines = [
    escapeUnseen(message),
    ...(isExplained(group) ? [`Cause: ${causeText(group)}`] : []),
    `To do: ${escapeUnseen(next_step)}`,
    ...(only ? [] : namesByPeople(tenants, troubles)),
  ];
  return [`${head}: ${code}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Returns a line for each of those who can act, with the tenants for which they can. */
function namesByPeople(tenants: readonly string[], troubles: readonly FailedOutcome[]): string[] {
  const byTenant = new Map(troubles.map((trouble) => [trouble.tenant, trouble]));
  const byPeople = groupBy(tenants.slice(0, MAX_LISTED), (tenant) => {
    const { owner, contact } = byTenant.get(tenant) ?? {};
    return peopleText(owner, contact);
  });
  const lines = [...byPeople].map(([people, names]) => {
    const ask = people === '' ? '' : `Ask ${people}: `;
    return `${ask}${names.map(shown).join(', ')}`;
  });
  const left = tenants.length - MAX_LISTED;
  if (left <= 0) {
    return lines;
  }
  return [...lines, `- and ${left} more: the reports name them all`];
}

function showTenant({ tenant, shard, provider, owner, contact, tags = [] }: Outcome): string {
  const people = peopleText(owner, contact);
  const ask = people === '' ? '' : `, ask ${people}`;
  const tagged = tags.length === 0 ? '' : `, tags ${tagsText(tags)}`;
  return `- ${shown(tenant)} (${shown(provider ?? 'no provider')}, shard ${shard})${ask}${tagged}`;
}

function tagsText(tags: readonly string[]): string {
  const left = tags.length - MAX_TAGS;
  const first = tags.slice(0, MAX_TAGS).map(shown).join(', ');
  return left > 0 ? `${first} and ${left} more` : first;
}

/** Shows the hash that `tokens status` shows too. The next consent is compared with it. */
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
  const happened = OUTCOME_STATUSES.filter((status) => summary[status] > 0);
  const counts = happened.map((status) => `, ${summary[status]} ${status}`).join('');
  const where =
    report_key === undefined
      ? 'its report could not be archived'
      : `report ${report_key} in the archive bucket`;
  return `- ${run_id} of ${started_at}: ${summary.total} tenants${counts}; ${where}`;
}
