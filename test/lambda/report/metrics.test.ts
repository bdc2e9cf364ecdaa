import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Gauges } from '../../../lambda/outcome.ts';
import { measure, publishMetrics } from '../../../lambda/report/metrics.ts';
import { makeOutcome, makeReport } from '../../fakes/report.ts';

const gauges: Gauges = {
  seconds_since_last_success: 3600,
  seconds_to_nearest_expiry: -5,
  days_to_next_end: 12,
  tokens_waiting: 2,
  failing_tenants: [
    { provider: 'amazon-ads', count: 1 },
    { provider: 'oauth2', count: 0 },
  ],
  fullness: [
    { shard: 'default', ratio: 0.25 },
    { shard: 'eu', ratio: 0.5 },
  ],
};

/** What is measured by deployment, by name. */
const byDeployment = (report: Parameters<typeof measure>[0]) =>
  Object.fromEntries(
    measure(report).flatMap(({ name, values, by }) => (by === null ? [[name, values]] : [])),
  );

describe(measure.name, () => {
  it('counts tenants by what became of them', () => {
    const report = makeReport([
      makeOutcome('a', 'rotated'),
      makeOutcome('b', 'rotated'),
      makeOutcome('c', 'failed'),
      makeOutcome('d', 'busy'),
    ]);
    expect(byDeployment(report)).toEqual({
      Rotated: [2],
      Recovered: [0],
      Failed: [1],
      Deferred: [0],
      Busy: [1],
      Uncommitted: [0],
    });
  });

  it('measures how long exchanges took, by provider', () => {
    const report = makeReport([
      makeOutcome('a', 'rotated', { duration_ms: 100 }),
      makeOutcome('b', 'failed', { duration_ms: 300 }),
      makeOutcome('c', 'rotated', { duration_ms: 50, provider: 'oauth2' }),
      makeOutcome('d', 'skipped'),
      makeOutcome('e', 'failed', { provider: null, duration_ms: 7 }),
    ]);
    expect(measure(report).filter(({ name }) => name === 'ExchangeLatency')).toEqual([
      {
        name: 'ExchangeLatency',
        unit: 'Milliseconds',
        values: [100, 300],
        by: { dimension: 'provider', value: 'amazon-ads' },
      },
      {
        name: 'ExchangeLatency',
        unit: 'Milliseconds',
        values: [50],
        by: { dimension: 'provider', value: 'oauth2' },
      },
    ]);
  });

  it('reads the gauges, of a dry run nothing else', () => {
    const report = makeReport([makeOutcome('a', 'skipped', { duration_ms: 1 })], {
      dry_run: true,
      gauges,
    });
    expect(byDeployment(report)).toEqual({
      SecondsSinceSuccess: [3600],
      SecondsToNearestExpiry: [-5],
      DaysToNextEnd: [12],
      TokensWaiting: [2],
      FailingTenants: [1],
      ShardFullness: [50],
    });
    expect(
      measure(report).flatMap(({ name, values, by }) => (by ? [[name, by.value, ...values]] : [])),
    ).toEqual([
      ['FailingTenants', 'amazon-ads', 1],
      ['FailingTenants', 'oauth2', 0],
      ['ShardFullness', 'default', 25],
      ['ShardFullness', 'eu', 50],
    ]);
  });

  it('measures nothing that is not known', () => {
    const unknown: Gauges = {
      seconds_since_last_success: null,
      seconds_to_nearest_expiry: null,
      days_to_next_end: null,
      tokens_waiting: 0,
      failing_tenants: [],
      fullness: [],
    };
    const measured = byDeployment(makeReport([], { dry_run: true, gauges: unknown }));
    expect(measured).toMatchObject({
      SecondsSinceSuccess: [],
      SecondsToNearestExpiry: [],
      DaysToNextEnd: [],
      TokensWaiting: [0],
      ShardFullness: [0],
    });
  });
});

describe(publishMetrics.name, () => {
  const lines: string[] = [];
  beforeEach(() => {
    // Makes Powertools print by the global console.
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => {
    lines.length = 0;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('prints a line for the deployment, and one per 100 values of a provider or shard', () => {
    const outcomes = Array.from({ length: 250 }, (_, index) =>
      makeOutcome(`t${index}`, 'rotated', { duration_ms: index }),
    );
    const metrics = new Metrics({ namespace: 'TokenRotator' });
    metrics.clearDefaultDimensions();
    metrics.setDefaultDimensions({ name: 'token-rotator' });
    publishMetrics(makeReport(outcomes, { gauges }), metrics);

    const printed = lines.map(
      (line) =>
        JSON.parse(line) as {
          _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][] }[] };
        },
    );
    const [first, ...others] = printed;
    expect(first).toMatchObject({
      name: 'token-rotator',
      Rotated: 250,
      FailingTenants: 1,
      ShardFullness: 50,
    });
    expect(first?._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: 'TokenRotator',
      Dimensions: [['name']],
    });
    expect(others).toHaveLength(7);
    for (const line of others) {
      expect(line).toMatchObject({ name: 'token-rotator' });
    }
    expect(
      others
        .filter((line) => 'ExchangeLatency' in line)
        .map((line) => line._aws.CloudWatchMetrics[0]?.Dimensions),
    ).toEqual([[['name', 'provider']], [['name', 'provider']], [['name', 'provider']]]);
    expect(others.filter((line) => 'ShardFullness' in line)).toMatchObject([
      { shard: 'default', ShardFullness: 25 },
      { shard: 'eu' },
    ]);
  });
});
