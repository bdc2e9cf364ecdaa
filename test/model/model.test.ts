import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { play } from './play.ts';
import { makeSchedule, type Trouble } from './schedule.ts';
import { addUp, faultsOf, newSum } from './sum.ts';

const SCHEDULES = Number(process.env.SCHEDULES ?? 200);
const SEED = Number(process.env.SEED ?? 2);

describe('the product’s own runs over two shards, in any trouble', () => {
  it('lose no credential and no edit, and send nothing twice', {
    timeout: 120_000 + SCHEDULES * 3_000,
  }, async () => {
    const sum = newSum();
    const faults: string[] = [];
    for (let index = 0; index < SCHEDULES; index++) {
      const played = await play(makeSchedule(SEED * 1_000_000 + index));
      addUp(sum, played);
      faults.push(...faultsOf(played).map((fault) => `schedule ${index}: ${fault}`));
    }
    console.info(`seed ${SEED}:`, { ...sum, excused: Object.fromEntries(sum.excused) });
    expect(faults).toEqual([]);
    expect(sum.judged).toBeGreaterThan(SCHEDULES * 4);
  });
});

describe('a rule taken out', () => {
  it.each<{ rule: string; seed: number; trouble: Trouble | null }>([
    { rule: 'no-known-index', seed: 2_000_001, trouble: 'moves' },
    { rule: 'no-keep-offering', seed: 2_000_045, trouble: null },
  ])('is noticed: $rule', async ({ rule, seed, trouble }) => {
    const schedule = makeSchedule(seed, trouble);
    const mutant = mutants.find(({ name }) => name === rule);
    expect(mutant).toBeDefined();
    expect(faultsOf(await play(schedule))).toEqual([]);
    expect(faultsOf(await play(schedule, mutant))).not.toEqual([]);
  });
});
