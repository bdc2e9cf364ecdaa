import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { onceWrong } from './once-wrong.ts';
import { play } from './play.ts';
import { proofs } from './proofs.ts';
import { makeSchedule } from './schedule.ts';
import { addUp, faultsOf, newSum } from './sum.ts';

/** The random worlds take a smaller sample. A schedule of the model is short. */
const SCHEDULES = Math.max(200, Number(process.env.SCHEDULES ?? 200));
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

describe('a schedule that went wrong once', () => {
  it.each(onceWrong)('goes well: $what', async ({ schedule }) => {
    expect(faultsOf(await play(schedule))).toEqual([]);
  });
});

describe('a rule taken out', () => {
  it('has a schedule that notices it, whichever it is', () => {
    expect(proofs.map(({ rule }) => rule).sort()).toEqual(mutants.map(({ name }) => name).sort());
  });

  it.each(proofs)('is noticed: $rule', async ({ rule, schedule }) => {
    const mutant = mutants.find(({ name }) => name === rule);
    expect(faultsOf(await play(schedule))).toEqual([]);
    expect(faultsOf(await play(schedule, mutant))).not.toEqual([]);
  });
});
