import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { addExcused, type Excused } from '../../test/fakes/excuses.ts';
import { lostOf, playOut, randomSchedules } from '../../test/fakes/random-schedule.ts';
import { play } from '../../test/model/play.ts';
import { makeSchedule } from '../../test/model/schedule.ts';
import { faultsOf } from '../../test/model/sum.ts';
import type { Part, Stage } from './part.ts';

/** Worlds that one seed of the generator makes. */
const WORLDS_OF_SEED = 100;

/** What became of one world. */
interface World {
  /** How it can be played again, where something was lost in it. */
  name: string;
  faults: string[];
  /** Credentials without an excuse. */
  judged: number;
  excused: ReadonlyMap<string, Excused>;
}

/** Random worlds of one shard. */
export function randomWorlds(seed: number): Stage {
  return {
    name: 'Random worlds',
    share: 16,
    prove: (until, note) =>
      playUntil(randomWorldsFrom(seed), until, {
        what:
          'Random worlds: runs, crashes, freezes, edits, old maps and states, stale reads, ' +
          'outages, lost answers',
        seeds: `seed ${seed} and those after it, ${WORLDS_OF_SEED} worlds of each`,
        note,
      }),
  };
}

/** Random worlds of two shards, between which tenants and credentials move. */
export function modelWorlds(seed: number): Stage {
  return {
    name: 'Worlds of two shards',
    share: 16,
    prove: (until, note) =>
      playUntil(modelWorldsFrom(seed), until, {
        what:
          'The same over two shards: splits, moves, copies and shared credentials, ' +
          'months without a run, writes that land late',
        seeds: `seeds from ${seed * 1_000_000}`,
        note,
      }),
  };
}

interface Telling {
  what: string;
  seeds: string;
  note: (text: string) => void;
}

/** Plays one world after the other until an instant, and at least one. Ends at the first loss. */
export async function playUntil(
  worlds: AsyncIterable<World>,
  until: number,
  { what, seeds, note }: Telling,
): Promise<Part> {
  const excused = new Map<string, Excused>();
  let played = 0;
  let judged = 0;
  let found = 'nothing lost, no spent token sent, no edit lost';
  let verdict: Part['verdict'] = 'sound';
  for await (const world of worlds) {
    played += 1;
    judged += world.judged;
    addExcused(excused, world.excused);
    note(`${played} worlds`);
    if (world.faults.length > 0) {
      found = `${world.name}: ${world.faults.join('; ')}`;
      verdict = 'unsound';
      break;
    }
    if (Date.now() >= until) {
      break;
    }
    // Timers of what runs beside must have their turn.
    await nextTurn();
  }
  const tried = `${count(played)} worlds with ${count(judged)} credentials, ${seeds}`;
  return {
    what,
    tried,
    found,
    verdict,
    excused,
  };
}

async function* randomWorldsFrom(firstSeed: number): AsyncGenerator<World> {
  for (let seed = firstSeed; ; seed += 1) {
    for (const schedule of fc.sample(randomSchedules, { seed, numRuns: WORLDS_OF_SEED })) {
      const played = await playOut(schedule);
      const excused = new Map<string, Excused>();
      for (const { excuse, isSafe } of played.held) {
        if (excuse !== null) {
          addExcused(excused, new Map([[excuse, { credentials: 1, lost: isSafe ? 0 : 1 }]]));
        }
      }
      yield {
        name: `SEED=${seed} SCHEDULES=${WORLDS_OF_SEED}`,
        faults: [...lostOf(played).map(({ tenant }) => `${tenant} lost`), ...played.violations],
        judged: played.held.filter(({ excuse }) => excuse === null).length,
        excused,
      };
    }
  }
}

async function* modelWorldsFrom(seed: number): AsyncGenerator<World> {
  for (let index = 0; ; index += 1) {
    const played = await play(makeSchedule(seed * 1_000_000 + index));
    yield {
      name: `npm run model -- 1 ${seed} --only ${index}`,
      faults: faultsOf(played),
      judged: played.judged,
      excused: played.excused,
    };
  }
}

function count(value: number): string {
  return value.toLocaleString('en');
}
