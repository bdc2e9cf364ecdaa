import { compareNaturally } from '../../lambda/names.ts';
import type { Outcome, Report } from '../../lambda/outcome.ts';
import { type CauseGroup, groupByCause } from '../../lambda/report/cause-groups.ts';
import { isNarrow, manyOfOneCause, rowNameOf, showCauses } from './cause-view.ts';
import { type Cell, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { untilText } from './time-text.ts';

/** Of a larger fleet only what did not go as usual is listed. */
const MOST_ROWS = 100;

const HEADS = [
  { title: 'TENANT', whole: true },
  { title: 'PROVIDER', wholeWords: true, lostFirst: 1 },
  { title: 'STATUS', whole: true },
  { title: 'EXPIRES', whole: true, lostFirst: 2 },
  { title: 'WHAT HAPPENED', wholeWords: true },
];

/** Prints a run's outcomes as a table, then what to do next. */
export function showReport(terminal: Terminal, report: Report, now: number): void {
  const outcomes = [...report.outcomes].sort((a, b) => compareNaturally(a.tenant, b.tenant));
  const causes = groupByCause(
    outcomes.flatMap(({ error, ...outcome }) => (error ? [{ ...outcome, error }] : [])),
  );
  const rows = [
    ...groupRows(terminal, outcomes, causes),
    ...listed(outcomes, causes).map((outcome) => toRow(terminal, report, outcome, now)),
  ];
  if (rows.length > 0) {
    terminal.print(`${tableOf(terminal, rows)}\n`);
  }
  terminal.printWrapped(summaryLine(report));
  showCauses(terminal, causes);
  for (const { shard, message, next_step } of report.failures ?? []) {
    terminal.print('');
    terminal.printWrapped(`${terminal.colors.red(`Shard ${shard}:`)} ${message}`, '  ');
    terminal.printWrapped(`  ${next_step}`, '  ');
  }
}

/** A column that says nothing has no place on a narrow terminal. */
function tableOf(terminal: Terminal, rows: readonly Cell[][]): string {
  const says = (at: number) => !isNarrow(terminal) || rows.some((row) => row[at] !== '');
  const kept = HEADS.map((_, at) => at).filter(says);
  return formatTable(
    kept.flatMap((at) => HEADS[at] ?? []),
    rows.map((row) => kept.flatMap((at) => row[at] ?? [])),
    terminal,
  );
}

/** Of a large fleet only what did not go as usual, and many of one cause only as their group. */
function listed(outcomes: readonly Outcome[], causes: readonly CauseGroup[]): Outcome[] {
  if (outcomes.length <= MOST_ROWS) {
    return [...outcomes];
  }
  const many = manyOfOneCause(causes);
  return outcomes.filter(({ status, tenant }) => status !== 'rotated' && !many.has(tenant));
}

function groupRows(
  terminal: Terminal,
  outcomes: readonly Outcome[],
  causes: readonly CauseGroup[],
): Cell[][] {
  if (outcomes.length <= MOST_ROWS) {
    return [];
  }
  const groups = new Set(manyOfOneCause(causes).values());
  return [...groups].map((group) => [
    rowNameOf(terminal, group),
    group.provider ?? '',
    { text: 'failed', paint: terminal.colors.red },
    '',
    group.code,
  ]);
}

function toRow(terminal: Terminal, report: Report, outcome: Outcome, now: number): Cell[] {
  const { tenant, provider } = outcome;
  return [
    tenant,
    provider ?? '',
    statusCell(terminal, outcome, report.dry_run === true),
    endText(outcome, now),
    whatHappened(outcome),
  ];
}

function endText({ expires_at }: Outcome, now: number): string {
  if (expires_at === undefined) {
    return '';
  }
  return expires_at === null ? 'never' : untilText(Date.parse(expires_at), now);
}

function whatHappened({
  error,
  reason,
  warning,
  status,
  refresh_token_changed,
  grant_type,
}: Outcome): string {
  if (error) {
    return error.code;
  }
  const told = [reason, warning].filter((text) => text !== undefined);
  if (told.length > 0) {
    return told.map(asSentence).join('. ');
  }
  if (status !== 'rotated') {
    return '';
  }
  if (refresh_token_changed) {
    return 'new refresh token';
  }
  return grant_type === 'refresh_token' ? 'same refresh token' : '';
}

/** Only what is not the first part of a cell begins like a sentence. */
function asSentence(text: string, index: number): string {
  return index === 0 ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function statusCell({ colors }: Terminal, outcome: Outcome, dryRun: boolean): Cell {
  const { status } = outcome;
  if (dryRun && wouldBeAsked(outcome)) {
    return { text: 'due', paint: colors.green };
  }
  if (status === 'rotated' || status === 'recovered') {
    return { text: status, paint: colors.green };
  }
  const bad = status === 'failed' || status === 'uncommitted';
  return { text: status, paint: bad ? colors.red : colors.yellow };
}

function wouldBeAsked({ status, grant_type }: Outcome): boolean {
  return status === 'skipped' && grant_type !== undefined;
}

function summaryLine({ summary, outcomes, dry_run }: Report): string {
  const { total, ...counts } = summary;
  if (total === 0) {
    return 'Nothing to do: no tenant is due.';
  }
  const tenants = `${total} ${total === 1 ? 'tenant' : 'tenants'}`;
  if (dry_run) {
    return (
      `Dry run: ${outcomes.filter(wouldBeAsked).length} of ${tenants} would be asked; ` +
      'nobody was.'
    );
  }
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return `${tenants}: ${parts.map(([status, count]) => `${count} ${status}`).join(', ')}.`;
}
