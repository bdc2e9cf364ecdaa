import { pick, type Random, randomOf } from './random.ts';

/** One thing that happens to the world. `luck` decides all that is left open about it. */
export interface Happening {
  what: What;
  /** Milliseconds since the one before. */
  afterMs: number;
  luck: number;
}

export type What = keyof typeof EVERYDAY;

/** How often the network and the stores misbehave, from 0 to 1. */
export interface Weather {
  lostRequest: number;
  lostAnswer: number;
  /** A write lands up to 25 minutes after its sender gave up. */
  lateWrite: number;
  staleRead: number;
}

/** All that a seed decides before anything happens. */
export interface Schedule {
  seed: number;
  weather: Weather;
  happenings: readonly Happening[];
  /** How many good requests a server refuses, from 0 to 1. */
  refusals?: number | undefined;
  /** The wall clock of each machine is off by at most so much. */
  clocksOffMs?: number | undefined;
  /** What the first runs find: new maps, unless it is what version 0.1 left behind. */
  begins?: 'after_0.1' | undefined;
}

/** How often each thing happens, among the others. */
const EVERYDAY = {
  run: 40,
  crash: 6,
  freeze: 6,
  outage: 5,
  delete_state: 1.5,
  put_state_back: 3,
  consent: 3,
  code: 2,
  old_copy: 5,
  rollback: 2,
  share: 2,
  rename: 2,
  remove: 1,
  copy_to_other_shard: 2,
  move_to_other_shard: 2,
  split: 2,
  season: 1,
  // These come in beside the others.
  damage: 0,
  set_clock: 0,
  command: 0,
  denial: 0,
};

/** One kind of trouble in each. */
const PROFILES = {
  everything: {},
  outages: { outage: 15, crash: 2 },
  outages_and_copies: { outage: 12, run: 60, old_copy: 8 },
  seasons: { season: 15, old_copy: 12, crash: 2, freeze: 2 },
  moves: { old_copy: 15, rollback: 8, move_to_other_shard: 8, split: 8 },
  states: { put_state_back: 15, delete_state: 6, freeze: 10 },
  sharing: { share: 15, consent: 10, old_copy: 15, crash: 1 },
  deaths: { crash: 20, run: 60, code: 8 },
} satisfies Record<string, Partial<typeof EVERYDAY>>;

const WEATHERS: readonly Weather[] = [
  { lostRequest: 0, lostAnswer: 0, lateWrite: 0, staleRead: 0 },
  { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.004, staleRead: 0.04 },
  { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.04, staleRead: 0.04 },
  { lostRequest: 0, lostAnswer: 0, lateWrite: 0, staleRead: 0.2 },
];

const MOST_HAPPENINGS = 45;

/** Makes the schedule of a seed. */
export function makeSchedule(seed: number): Schedule {
  const random = randomOf(seed);
  const profile = pick(random, Object.values(PROFILES));
  const weights = { ...EVERYDAY, ...profile };
  const weather = WEATHERS[Math.floor(random() * WEATHERS.length)] ?? WEATHERS[0];
  const length = 8 + Math.floor(random() * (MOST_HAPPENINGS - 8));
  const happenings = Array.from({ length }, () => ({
    what: choose(random, weights),
    afterMs: Math.floor(random() * (random() < 0.75 ? 12_000 : 240_000)),
    luck: Math.floor(random() * 2 ** 31),
  }));
  const begins = random() < 0.2 ? ('after_0.1' as const) : undefined;
  const damaged = withDamage(happenings, randomOf(seed + 3));
  const acted = withActs(damaged, randomOf(seed + 5));
  return {
    seed,
    weather: weather as Weather,
    ...withClocks(acted, randomOf(seed + 4)),
    refusals: randomOf(seed + 6)() < 0.2 ? MANY_REFUSALS : undefined,
    begins,
  };
}

const LOSSES_OF_STATE: ReadonlySet<What> = new Set(['delete_state', 'put_state_back']);

/**
 * In some schedules, objects can be read no more for a while. A state that is lost is rebuilt from
 * the archive, so no schedule takes both away.
 */
function withDamage(happenings: readonly Happening[], random: Random): readonly Happening[] {
  const losesState = happenings.some(({ what }) => LOSSES_OF_STATE.has(what));
  if (losesState || random() > 0.3) {
    return happenings;
  }
  return withSome(happenings, { what: 'damage', most: 4, mostAfterMs: 3_000 }, random);
}

/** In some schedules, an operator uses the command line, or takes rights away for a while. */
function withActs(happenings: readonly Happening[], random: Random): readonly Happening[] {
  const isTyping = random() < 0.4;
  const typed = { what: 'command', most: 8, mostAfterMs: 20_000 } as const;
  const commanded = isTyping ? withSome(happenings, typed, random) : happenings;
  const denied = { what: 'denial', most: 2, mostAfterMs: 8_000 } as const;
  return random() < 0.15 ? withSome(commanded, denied, random) : commanded;
}

function withSome(
  happenings: readonly Happening[],
  { what, most, mostAfterMs }: { what: What; most: number; mostAfterMs: number },
  random: Random,
): readonly Happening[] {
  const all = [...happenings];
  for (let left = 1 + Math.floor(random() * most); left > 0; left--) {
    const one = newHappening(what, mostAfterMs, random);
    all.splice(Math.floor(random() * all.length), 0, one);
  }
  return all;
}

function newHappening(what: What, mostAfterMs: number, random: Random): Happening {
  return {
    what,
    afterMs: Math.floor(random() * mostAfterMs),
    luck: Math.floor(random() * 2 ** 31),
  };
}

const MANY_REFUSALS = 0.15;
const CLOCKS_OFF_MS = 7_200_000;

/** In some schedules, no two machines have the same time, and clocks are set under runs. */
function withClocks(
  happenings: readonly Happening[],
  random: Random,
): Pick<Schedule, 'happenings' | 'clocksOffMs'> {
  if (random() > 0.3) {
    return { happenings };
  }
  const set = happenings.flatMap((one) =>
    one.what === 'run' && random() < 0.3 ? [one, newHappening('set_clock', 8_000, random)] : one,
  );
  return { happenings: set, clocksOffMs: CLOCKS_OFF_MS };
}

function choose(random: Random, weights: typeof EVERYDAY): What {
  const entries = Object.entries(weights) as [What, number][];
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [what, weight] of entries) {
    left -= weight;
    if (left < 0) {
      return what;
    }
  }
  return 'run';
}
