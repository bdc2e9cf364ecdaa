import { describe, expect, it } from 'vitest';
import { takeAttempt } from '../../../lambda/keep/shard-run.ts';

describe(takeAttempt.name, () => {
  it('gives no number twice to names that differ only in case', () => {
    const run = { attempts: new Map<string, number>() };
    expect(takeAttempt(run, 'acme', 0)).toBe(0);
    expect(takeAttempt(run, 'Acme', 0)).toBe(1);
    expect(takeAttempt(run, 'acme', 1)).toBe(2);
    expect(takeAttempt(run, 'brandx', 1)).toBe(1);
  });
});
