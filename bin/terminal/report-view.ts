import type { Outcome, Report } from '../../lambda/outcome.ts';
import { type Cell, formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { untilText } from './time-text.ts';

/** Of a larger fleet only what did not go as usual is listed. */
const MOST_ROWS = 100;

const HEADS = [
  { title: 'TENANT', whole: true },
  { title: 'PROVIDER', lostFirst: 1 },
  { title: 'STATUS', whole: true },
  'EXPIRES',
  'WHAT HAPPENED',
];

/** Prints a run's outcomes as a table, then what to do next. */
export function showReport(terminal: Terminal, report: Report, now: number): void {
  const { colors } = terminal;
  const outcomes = [...report.outcomes].sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  const shown =
    outcomes.length <= MOST_ROWS ? outcomes : outcomes.filter(({ status }) => status !== 'rotated');
  if (shown.length > 0) {
    const rows = shown.map((outcome) => [
      outcome.tenant,
      outcome.provider ?? '',
      statusCell(terminal, outcome, report.dry_run === true),
      endText(outcome, now),
      whatHappened(outcome),
    ]);
    terminal.print(formatTable(HEADS, rows, terminal));
    terminal.print('');
  }
  terminal.print(summaryLine(report));
  showNextSteps(terminal, nextSteps(outcomes));
  for (const { shard, message, next_step } of report.failures ?? [])
    terminal.print(`\n${colors.red(`Shard ${shard}:`)} ${message}\n  ${next_step}`);
}

/** Each failure once, and whom it concerns. */
function nextSteps(outcomes: readonly Outcome[]): { message: string; next_step: string }[] {
  return outcomes.flatMap(({ error }) => (error ? [error] : []));
}

/** Prints failures with what to do about each. */
function showNextSteps(
  terminal: Terminal,
  failures: readonly { message: string; next_step: string }[],
): void {
  if (failures.length === 0) return;
  terminal.print(`\n${terminal.colors.bold('Next:')}`);
  for (const { message, next_step } of failures) {
    terminal.printWrapped(`- ${message}`, '  ');
    terminal.printWrapped(`  ${terminal.colors.cyan(next_step)}`, '  ');
  }
}

function endText({ expires_at }: Outcome, now: number): string {
  if (expires_at === undefined) return '';
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
  if (error) return error.code;
  if (warning ?? reason) return warning ?? reason ?? '';
  if (status !== 'rotated') return '';
  if (refresh_token_changed) return 'new refresh token';
  return grant_type === 'refresh_token' ? 'same refresh token' : '';
}

function statusCell({ colors }: Terminal, outcome: Outcome, dryRun: boolean): Cell {
  const { status } = outcome;
  if (dryRun && wouldBeAsked(outcome)) return { text: 'due', paint: colors.green };
  if (status === 'rotated' || status === 'recovered') return { text: status, paint: colors.green };
  const bad = status === 'failed' || status === 'uncommitted';
  return { text: status, paint: bad ? colors.red : colors.yellow };
}

function wouldBeAsked({ status, grant_type }: Outcome): boolean {
  return status === 'skipped' && grant_type !== undefined;
}

function summaryLine({ summary, outcomes, dry_run }: Report): string {
  const { total, ...counts } = summary;
  if (total === 0) return 'Nothing to do: no tenant is due.';
  const tenants = `${total} ${total === 1 ? 'tenant' : 'tenants'}`;
  if (dry_run)
    return `Dry run: ${outcomes.filter(wouldBeAsked).length} of ${tenants} would be asked; nobody was.`;
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return `${tenants}: ${parts.map(([status, count]) => `${count} ${status}`).join(', ')}.`;
}
