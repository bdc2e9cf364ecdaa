import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Happening, Port, Weather } from '../../fakes/random-happening.ts';
import type { HeldCredential } from '../../fakes/random-judge.ts';
import { createRandomWorld } from '../../fakes/random-world.ts';

const SCHEDULES = Number(process.env.SCHEDULES ?? 1_000);
const SEED = Number(process.env.SEED ?? 20_261_122);

const index = fc.nat(99);
const afterMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
);
const PORTS: Port[] = ['vault', 'access_tokens', 'archive', 'records', 'states', 'http'];
const port = fc.constantFrom(...PORTS);
const ports = fc.subarray(PORTS, { minLength: 2 });
const forMs = fc.integer({ min: 1_000, max: 240_000 });
const kinds: [number, fc.Arbitrary<object>][] = [
  [
    12,
    fc.record({
      what: fc.constant('run'),
      tenants: fc.option(fc.array(index, { minLength: 1, maxLength: 2 }), { freq: 2 }),
    }),
  ],
  [5, fc.record({ what: fc.constant('crash'), process: index })],
  [2, fc.record({ what: fc.constant('freeze'), process: index, forMs })],
  [2, fc.record({ what: fc.constant('outage'), port, forMs })],
  [2, fc.record({ what: fc.constant('outages'), ports, forMs })],
  [2, fc.record({ what: fc.constant('paste'), tenant: index })],
  [1, fc.record({ what: fc.constant('consent'), tenant: index })],
  [3, fc.record({ what: fc.constant('note'), tenant: index })],
  [1, fc.record({ what: fc.constant('toggle'), tenant: index })],
  [1, fc.record({ what: fc.constant('remove'), tenant: index })],
  [1, fc.record({ what: fc.constant('readd'), tenant: index, generation: index })],
  [1, fc.record({ what: fc.constant('rename'), tenant: index })],
  [1, fc.record({ what: fc.constant('copy_with_old_token'), tenant: index, generation: index })],
  [3, fc.record({ what: fc.constant('save_old_map'), generation: index })],
  [1, fc.record({ what: fc.constant('roll_back') })],
  [1, fc.record({ what: fc.constant('delete_state') })],
  [1, fc.record({ what: fc.constant('put_back_state'), generation: index })],
];
const happening = fc
  .tuple(afterMs, fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary }))))
  .map(([after, kind]) => ({ afterMs: after, ...kind }) as Happening);
const weather: fc.Arbitrary<Weather> = fc.constantFrom(
  { lostRequest: 0, lostAnswer: 0, slowRequest: 0, staleRead: 0 },
  { lostRequest: 0.02, lostAnswer: 0.02, slowRequest: 0.01, staleRead: 0.05 },
  { lostRequest: 0, lostAnswer: 0, slowRequest: 0.03, staleRead: 0.2 },
);

afterEach(() => vi.restoreAllMocks());

describe('any order of runs, crashes, edits, stale reads and faults', () => {
  it('loses no tenant and no edit, and sends no spent token again', {
    timeout: 120_000 + SCHEDULES * 60,
  }, async () => {
    console.info(`${SCHEDULES} schedules, seed ${SEED}`);
    const credentials: HeldCredential[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 3, maxLength: 25 }),
        weather,
        fc.integer(),
        async (happenings, sky, seed) => {
          // The jitter of waits is part of the schedule.
          vi.spyOn(Math, 'random').mockImplementation(mulberry32(seed + 1));
          const world = createRandomWorld(mulberry32(seed), sky);
          for (const one of happenings) await world.happen(one);
          await world.heal();
          const held = world.held();
          expect(held.filter(({ isSafe, excuse }) => !isSafe && excuse === null)).toEqual([]);
          expect(world.violations).toEqual([]);
          credentials.push(...held);
        },
      ),
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

function mulberry32(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
