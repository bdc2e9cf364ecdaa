import { describe, expect, it } from 'vitest';
import { countCalls } from '../../../bin/bench/calls.ts';
import { type AwsCalls, callsOfRun, type RunShape } from '../../../bin/plan/calls.ts';
import { dollarsOfCalls } from '../../../bin/plan/dollars.ts';

/** Each call of a secret lets KMS decrypt or make a key. A move of a label does neither. */
function toAwsCalls(counts: Readonly<Record<string, number>>): AwsCalls {
  const sum = (pattern: RegExp) =>
    Object.entries(counts)
      .filter(([call]) => pattern.test(call))
      .reduce((total, [, count]) => total + count, 0);
  return {
    secrets_manager: sum(/^secretsmanager:/),
    kms: sum(/GetSecretValue|PutSecretValue/),
    s3_put: sum(/PutObject|ListObjects/),
    s3_get: sum(/GetObject/),
    lambda: 1,
    lambda_gb_seconds: 0,
    events: 1,
  };
}

function shapeOf(tenants: number, rotates: boolean): RunShape {
  return {
    shards: 1,
    asked: tenants,
    changed: rotates ? tenants : 0,
    askedShards: 1,
    changedShards: rotates ? 1 : 0,
    seconds: 5,
    memoryMb: 512,
  };
}

describe('the dollars of a plan', () => {
  it.each([
    [5, true],
    [20, true],
    [60, true],
    [5, false],
    [20, false],
    [60, false],
  ])(
    'are those of the calls of a run over %i tenants (tokens change: %s)',
    async (tenants, rotates) => {
      const { steadyState } = await countCalls(tenants, rotates);
      const counted = dollarsOfCalls(toAwsCalls(steadyState));
      const planned = dollarsOfCalls(callsOfRun(shapeOf(tenants, rotates)));
      expect(planned / counted).toBeGreaterThan(0.98);
      expect(planned / counted).toBeLessThan(1.02);
    },
  );
});
