import { expect } from 'vitest';
import type { Report } from '../../lambda/outcome.ts';

/** Describes what a run of a race said of all tenants. */
export type Told = Pick<Report, 'summary'> & { failures: { code: string }[] };

/**
 * Expects that each run told of every tenant, failed for none, and that one at least rotated each.
 * Somebody who edits without a pause may keep a run from committing. Then the run says so, and the
 * next one puts back what it left.
 */
export function expectAllTold(runs: readonly Told[], tenants: number): void {
  for (const { summary, failures } of runs) {
    const { rotated, busy, recovered, failed, skipped } = summary;
    expect(failed + skipped).toBe(0);
    if (!failures.some(({ code }) => code === 'commit_failed')) {
      expect(rotated + busy + recovered).toBe(tenants);
    }
  }
  const rotated = runs.reduce((sum, { summary }) => sum + summary.rotated, 0);
  expect(rotated).toBeGreaterThanOrEqual(tenants);
}
