import fc from 'fast-check';
import { DAMAGES } from './damage.ts';
import { randomFrom } from './random.ts';
import type { Happening, Port, Weather } from './random-happening.ts';
import type { HeldCredential } from './random-judge.ts';
import { createRandomWorld } from './random-world.ts';

/** All that decides a random world: what happens to it, the weather, the seed of its chances. */
export type RandomSchedule = [Happening[], Weather, number];

const index = fc.nat(99);
const afterMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
);
const PORTS: Port[] = ['vault', 'access_tokens', 'archive', 'records', 'states', 'http'];
const port = fc.constantFrom(...PORTS);
const ports = fc.subarray(PORTS, { minLength: 2 });
/** What a run reads is damaged most often. */
const damagedPort = fc.constantFrom<Port>(
  'archive',
  'archive',
  'records',
  'states',
  'vault',
  'access_tokens',
);
const setByMs = fc.integer({ min: -7_200_000, max: 7_200_000 });
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
  [2, fc.record({ what: fc.constant('set_clock'), process: index, byMs: setByMs })],
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
  [
    2,
    fc.record({
      what: fc.constant('damage'),
      port: damagedPort,
      object: fc.nat(6),
      how: fc.constantFrom(...DAMAGES),
      forMs: fc.integer({ min: 100_000, max: 900_000 }),
    }),
  ],
];
const happening = fc
  .tuple(afterMs, fc.oneof(...kinds.map(([weight, arbitrary]) => ({ weight, arbitrary }))))
  .map(([after, kind]) => ({ afterMs: after, ...kind }) as Happening);
const weather: fc.Arbitrary<Weather> = fc.constantFrom(
  { lostRequest: 0, lostAnswer: 0, slowRequest: 0, staleRead: 0 },
  { lostRequest: 0.02, lostAnswer: 0.02, slowRequest: 0.01, staleRead: 0.05 },
  { lostRequest: 0, lostAnswer: 0, slowRequest: 0.03, staleRead: 0.2 },
);

const LOSSES_OF_STATE: ReadonlySet<string> = new Set(['delete_state', 'put_back_state']);

/** A state that is lost is rebuilt from the archive, so no schedule takes both away. */
function withOneLoss(happenings: Happening[]): Happening[] {
  const isDamaged = happenings.some(({ what }) => what === 'damage');
  return isDamaged ? happenings.filter(({ what }) => !LOSSES_OF_STATE.has(what)) : happenings;
}

export const randomSchedules: fc.Arbitrary<RandomSchedule> = fc.tuple(
  fc.array(happening, { minLength: 3, maxLength: 25 }).map(withOneLoss),
  weather,
  fc.integer(),
);

/** What is left of a random world when all has happened to it. */
export interface PlayedOut {
  held: HeldCredential[];
  violations: string[];
}

/** Lets all of a schedule happen, and heals the world. */
export async function playOut([happenings, sky, seed]: RandomSchedule): Promise<PlayedOut> {
  const jitter = Math.random;
  // The jitter of waits is part of the schedule.
  Math.random = fractionsOf(seed + 1);
  try {
    const world = createRandomWorld(fractionsOf(seed), sky);
    for (const one of happenings) {
      await world.happen(one);
    }
    await world.heal();
    return { held: world.held(), violations: world.violations };
  } finally {
    Math.random = jitter;
  }
}

/** Returns the credentials that are lost without an excuse. */
export function lostOf({ held }: PlayedOut): HeldCredential[] {
  return held.filter(({ isSafe, excuse }) => !isSafe && excuse === null);
}

/** Returns numbers from 0 to 1 that a seed decides. */
function fractionsOf(seed: number): () => number {
  const random = randomFrom(seed);
  return () => random(2 ** 32) / 2 ** 32;
}
