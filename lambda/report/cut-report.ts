import type { OutcomeStatus, Report } from '../outcome.ts';

const MAX_OUTCOMES = 100;

/** The order in which a reader wants to see them. */
const ORDER: readonly OutcomeStatus[] = [
  'failed',
  'uncommitted',
  'busy',
  'deferred',
  'recovered',
  'skipped',
];

/**
 * Cuts a report to what is returned and logged. Of more than 100 tenants it keeps those that were
 * not rotated, at most 100, the worst first.
 */
export function cutReport(report: Report): Report {
  if (report.summary.total <= MAX_OUTCOMES) {
    return report;
  }
  const notRotated = report.outcomes.filter(({ status }) => status !== 'rotated');
  const sorted = notRotated.sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  return { ...report, outcomes: sorted.slice(0, MAX_OUTCOMES) };
}
