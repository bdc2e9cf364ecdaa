import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import { onceWrong } from './once-wrong.ts';
import { play } from './play.ts';
import { playMany, SCHEDULES } from './play-many.ts';
import { proofs } from './proofs.ts';
import { faultsOf } from './sum.ts';

/** The random worlds take a smaller sample. A schedule of the model is short. */
const MANY = Math.max(60, SCHEDULES / 2);

describe('the product’s own runs over two shards, in any trouble', () => {
  it('lose no credential and no edit, and send nothing twice', {
    timeout: 120_000 + MANY * 3_000,
  }, async () => {
    const { faults, judged } = await playMany(0, MANY);
    expect(faults).toEqual([]);
    expect(judged).toBeGreaterThan(MANY * 4);
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
