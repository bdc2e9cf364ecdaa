import { describe, expect, it } from 'vitest';
import type { Outcome, Report, ShardFailure } from '../../../lambda/outcome.ts';
import { joinAttempts } from '../../../lambda/report/join-attempts.ts';
import { makeOutcome, makeReport } from '../../fakes/report.ts';

const error = {
  code: 'needs_authorization' as const,
  retryable: false,
  message: 'm',
  next_step: 'n',
};
const failing = (facts: Partial<Outcome> = {}) =>
  makeOutcome('acme', 'failed', { error, ...facts });
const well = (facts: Partial<Outcome> = {}) => makeOutcome('acme', 'rotated', facts);
const broken = (facts: Partial<ShardFailure> = {}): ShardFailure => ({
  shard: 'eu',
  code: 'shard_unreadable',
  message: 'm',
  next_step: 'n',
  ...facts,
});

/** One report for each attempt, in order. */
const attempts = (...of: Partial<Pick<Report, 'outcomes' | 'failures'>>[]) =>
  of.map(({ outcomes = [], ...facts }, attempt) =>
    makeReport(outcomes, { started_at: `2026-11-22T05:1${attempt}:00.000Z`, ...facts }),
  );

const toldTenants = (reports: readonly Report[]) =>
  joinAttempts(reports, [])
    .flatMap((report) => report.outcomes)
    .flatMap(({ newly_failing, healed }) => [
      ...(newly_failing ? ['newly failing'] : []),
      ...(healed ? ['healed'] : []),
    ]);

const toldFailures = (reports: readonly Report[], failed = ['eu']) =>
  joinAttempts(reports, failed)
    .flatMap((report) => report.failures ?? [])
    .filter(({ repeated }) => !repeated);

describe(joinAttempts.name, () => {
  it('takes a shard that fails all attempts for new if the first found it new', () => {
    const reports = attempts(
      { failures: [broken()] },
      { failures: [broken({ repeated: true })] },
      { failures: [broken({ repeated: true, message: 'the last' })] },
    );
    expect(toldFailures(reports)).toEqual([broken({ message: 'the last' })]);
  });

  it('takes a shard that failed before this fan-out for old', () => {
    const reports = attempts(
      { failures: [broken({ repeated: true })] },
      { failures: [broken({ repeated: true })] },
    );
    expect(toldFailures(reports)).toEqual([]);
  });

  it('tells what one attempt reported where the others ended without a report', () => {
    const busy = broken({ code: 'busy' });
    expect(toldFailures(attempts({ failures: [broken()] }))).toEqual([broken()]);
    expect(toldFailures(attempts({}, { failures: [busy] }))).toEqual([busy]);
  });

  it('says nothing of a shard whose last attempt went well', () => {
    expect(toldFailures(attempts({ failures: [broken()] }, {}), [])).toEqual([]);
  });

  it.each<[string, Outcome[], string[]]>([
    ['fails in each', [failing({ newly_failing: true }), failing()], ['newly failing']],
    ['failed before', [failing(), failing()], []],
    [
      'fails, and is well in the second',
      [failing({ newly_failing: true }), well({ healed: true })],
      [],
    ],
    ['is healed by the second', [failing(), well({ healed: true })], ['healed']],
    ['is healed, and left alone by the second', [well({ healed: true }), well()], ['healed']],
  ])('tells once of a tenant that %s', (_, outcomes, told) => {
    expect(toldTenants(attempts(...outcomes.map((outcome) => ({ outcomes: [outcome] }))))).toEqual(
      told,
    );
  });

  it('keeps tenants of one name in two shards apart', () => {
    const reports = attempts(
      { outcomes: [failing({ shard: 'eu', newly_failing: true })] },
      { outcomes: [well({ shard: 'us' })] },
    );
    expect(toldTenants(reports)).toEqual(['newly failing']);
  });

  it('goes by when the reports began, however they come', () => {
    const reports = attempts(
      { outcomes: [failing({ newly_failing: true })] },
      { outcomes: [well({ healed: true })] },
    ).reverse();
    expect(toldTenants(reports)).toEqual([]);
  });
});
