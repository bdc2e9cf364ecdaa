import { describe, expect, it } from 'vitest';
import { playMany, SCHEDULES } from './play-many.ts';

describe('the product’s own runs over two shards, in more trouble', () => {
  it('lose no credential and no edit, and send nothing twice', {
    timeout: 120_000 + SCHEDULES * 3_000,
  }, async () => {
    const from = SCHEDULES / 2;
    const { faults, judged } = await playMany(from, SCHEDULES);
    expect(faults).toEqual([]);
    expect(judged).toBeGreaterThan((SCHEDULES - from) * 4);
  });
});
