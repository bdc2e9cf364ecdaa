import { describe, expect, it } from 'vitest';
import type { OutcomeStatus } from '../../../lambda/outcome.ts';
import { cutReport } from '../../../lambda/report/cut-report.ts';
import { makeOutcome, makeReport } from '../../fakes/report.ts';

const outcomes = (count: number, status: OutcomeStatus) =>
  Array.from({ length: count }, (_, index) => makeOutcome(`${status}-${index}`, status));

describe(cutReport.name, () => {
  it('leaves a report of 100 tenants as it is', () => {
    const report = makeReport([...outcomes(60, 'rotated'), ...outcomes(40, 'failed')]);
    expect(cutReport(report)).toBe(report);
  });

  it('leaves out the rotated ones of more, and keeps everything else', () => {
    const failures = [
      { shard: 'eu', code: 'commit_failed' as const, message: 'x', next_step: 'y' },
    ];
    const report = makeReport([...outcomes(100, 'rotated'), ...outcomes(3, 'failed')], {
      failures,
    });
    const cut = cutReport(report);
    expect(cut.outcomes.map(({ tenant }) => tenant)).toEqual(['failed-0', 'failed-1', 'failed-2']);
    expect(cut).toEqual({ ...report, outcomes: cut.outcomes });
    expect(report.outcomes).toHaveLength(103);
  });

  it('keeps 100, the failed ones before those that nobody asked about', () => {
    const cut = cutReport(
      makeReport([
        ...outcomes(500, 'skipped'),
        ...outcomes(90, 'deferred'),
        ...outcomes(20, 'failed'),
      ]),
    );
    expect(cut.outcomes).toHaveLength(100);
    expect(cut.outcomes.slice(0, 20).every(({ status }) => status === 'failed')).toBe(true);
    expect(cut.outcomes.slice(20).every(({ status }) => status === 'deferred')).toBe(true);
    expect(cut.summary).toMatchObject({ total: 610, skipped: 500 });
  });
});
