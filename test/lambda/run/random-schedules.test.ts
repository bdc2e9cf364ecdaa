import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeldCredential } from '../../fakes/random-judge.ts';
import { lostOf, playOut, randomSchedules } from '../../fakes/random-schedule.ts';

const SCHEDULES = Number(process.env.SCHEDULES ?? 1_000);
const SEED = Number(process.env.SEED ?? 20_261_122);

describe('any order of runs, crashes, edits, stale reads and faults', () => {
  it('loses no tenant and no edit, and sends no spent token again', {
    timeout: 120_000 + SCHEDULES * 60,
  }, async () => {
    console.info(`${SCHEDULES} schedules, seed ${SEED}`);
    const credentials: HeldCredential[] = [];
    await fc.assert(
      fc.asyncProperty(randomSchedules, async (schedule) => {
        const played = await playOut(schedule);
        expect(lostOf(played)).toEqual([]);
        expect(played.violations).toEqual([]);
        credentials.push(...played.held);
      }),
      { numRuns: SCHEDULES, seed: SEED, ...(process.env.FC_PATH && { path: process.env.FC_PATH }) },
    );
    console.info(describeExcuses(credentials));
  });
});

/** Says how many credentials each excuse covers, and how many of these were lost. */
function describeExcuses(credentials: readonly HeldCredential[]): string {
  const excused = credentials.filter(({ excuse }) => excuse !== null);
  const reasons = [...new Set(excused.map(({ excuse }) => excuse))].sort();
  const lines = reasons.map((reason) => {
    const covered = excused.filter(({ excuse }) => excuse === reason);
    return `  ${covered.length}, lost ${countLost(covered)}: ${reason}`;
  });
  const total = `${excused.length} of ${credentials.length} credentials were excused`;
  return [`${total}, and ${countLost(excused)} of them lost:`, ...lines].join('\n');
}

function countLost(credentials: readonly HeldCredential[]): number {
  return credentials.filter(({ isSafe }) => !isSafe).length;
}
