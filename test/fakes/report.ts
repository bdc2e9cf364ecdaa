import type { Outcome, OutcomeStatus, Report, Summary } from '../../lambda/outcome.ts';

/** A report of these outcomes, its summary counted. */
export function makeReport(outcomes: Outcome[], more: Partial<Report> = {}): Report {
  const summary: Summary = {
    total: outcomes.length,
    rotated: 0,
    recovered: 0,
    failed: 0,
    skipped: 0,
    deferred: 0,
    busy: 0,
    uncommitted: 0,
  };
  for (const { status } of outcomes) {
    summary[status] += 1;
  }
  return {
    run_id: 'run-1',
    started_at: '2026-11-22T02:17:03.120Z',
    finished_at: '2026-11-22T02:17:09.000Z',
    report_key: 'runs/2026-11-22T02:17:03.120Z-run-1.json',
    summary,
    outcomes,
    ...more,
  };
}

export function makeOutcome(
  tenant: string,
  status: OutcomeStatus,
  more: Partial<Outcome> = {},
): Outcome {
  return { tenant, shard: 'default', provider: 'amazon-ads', status, ...more };
}
