import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeldCredential } from '../../fakes/random-judge.ts';
import { lostOf, playOut, randomSchedules } from '../../fakes/random-schedule.ts';

const SCHEDULES = Number(process.env.SCHEDULES ?? 1_000);
const SEED = Number(process.env.SEED ?? 20_261_122);

describe('any order of runs, crashes, edits, stale reads and faults', () => {
  it('loses no tenant and no edit, and sends no spent token again', {
    timeout: 120_000 + SCHEDULES * 250,
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

const EMIL = 4;
const EMIL2 = 6;
const run = { afterMs: 100_000, what: 'run', tenants: null } as const;
const paste = { afterMs: 100_000, what: 'paste', tenant: EMIL2 } as const;
const pasteForEmil = { afterMs: 100_000, what: 'paste', tenant: EMIL } as const;
const remove = { afterMs: 100_000, what: 'remove', tenant: EMIL2 } as const;
const rename = { afterMs: 100_000, what: 'rename', tenant: EMIL2 } as const;
const saveOldMap = (generation: number) =>
  ({ afterMs: 100_000, what: 'save_old_map', generation }) as const;
const CLEAR = { lostRequest: 0, lostAnswer: 0, slowRequest: 0, staleRead: 0 };

describe('an older consent under a name that never had it, or never left it', () => {
  it.each([
    ['renamed in an old map', 'emil2x', [run, paste, run, saveOldMap(0), rename]],
    ['renamed before a run saw it', 'emil2x', [run, rename, paste, run, saveOldMap(1)]],
    ['under another name meanwhile', 'emil2', [run, rename, paste, run, saveOldMap(0)]],
    ['removed meanwhile', 'emil2', [run, remove, pasteForEmil, run, saveOldMap(0)]],
  ])('stays, since it may be meant: %s', async (_, name, happenings) => {
    const played = await playOut([happenings, CLEAR, 1]);
    const unsafe = played.held.filter(({ isSafe }) => !isSafe);
    expect(unsafe.map(({ tenant }) => tenant)).toEqual([name]);
    expect(lostOf(played)).toEqual([]);
  });

  it('is led to the next consent where the tenant was removed after it', async () => {
    const happenings = [run, paste, run, remove, run, saveOldMap(0)];
    const { held } = await playOut([happenings, CLEAR, 1]);
    expect(held.filter(({ isSafe, excuse }) => !isSafe || excuse !== null)).toEqual([]);
  });

  it('is led to the next consent where a run has seen it under the name', async () => {
    const happenings = [run, rename, run, paste, run, saveOldMap(1)];
    const { held } = await playOut([happenings, CLEAR, 1]);
    expect(held.filter(({ isSafe, excuse }) => !isSafe || excuse !== null)).toEqual([]);
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
