import { randomUUID } from 'node:crypto';
import { everyTenant } from '../../lambda/event.ts';
import { turnOfKey } from '../../lambda/history/archived-exchange.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { Tagged } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import { type Damage, placeOf } from './damage.ts';
import type { Effect } from './memory-ports.ts';
import {
  choose,
  type DamageEvent,
  type Happening,
  type Port,
  type Weather,
} from './random-happening.ts';
import { createRandomJudge } from './random-judge.ts';
import { createRandomOperator } from './random-operator.ts';
import { type Process, randomPorts, type Surroundings } from './random-ports.ts';
import { createSimulation, oauth2Entry, type Simulation } from './simulation.ts';

const CLEAR: Weather = { lostRequest: 0, lostAnswer: 0, slowRequest: 0, staleRead: 0 };

/** How the server of each account rotates. */
const ACCOUNTS = {
  anna: 'detect',
  berta: 'detect',
  cleo: 'immediate',
  dora: 'never',
  emil: 'detect',
  frida: 'grace',
} as const;

/**
 * A shard, its server and its operator, driven by happenings and a random number generator, and
 * watched by a judge.
 */
export function createRandomWorld(random: () => number, weather: Weather) {
  const sim = createSimulation(['default']);
  const { world, clock } = sim;
  const judge = createRandomJudge(sim);
  const operator = createRandomOperator(sim, judge);
  const processes: Process[] = [];
  const runs: Promise<Report | undefined>[] = [];
  const outages = new Map<Port, number>();
  const damaged = new Map<string, Damage>();
  /** Every state that a run has stored. */
  const states: Tagged[] = [];
  let sky = weather;

  operator.save(JSON.stringify({ version: 1, tenants: openAccounts(sim) }, null, 2));
  judge.noteForeignPart();

  function noteEffect(process: Process, { port, op, on }: Effect): void {
    if (port === 'archive' && op === 'list') {
      process.listedAt ??= clock.now();
    }
    if (port === 'archive' && op === 'put') {
      judge.noteArchived(on);
    }
    if (port === 'states' && op === 'write') {
      noteState();
    }
  }

  function noteState(): void {
    const stored = world.states.get('default');
    if (!stored || stored === states.at(-1)) {
      return;
    }
    states.push(stored);
    judge.noteState(stored.text);
  }

  const around: Surroundings = {
    sim,
    random,
    weather: () => sky,
    outages,
    damaged,
    handle: judge.handle,
    noteEffect,
  };

  function start(tenants: readonly string[] | null): void {
    const process: Process = { dead: false, frozenUntil: 0, clockIsOffMs: 0, listedAt: null };
    processes.push(process);
    const options = { runId: randomUUID(), deadlineAt: clock.now() + 900_000 };
    const run = rotate(randomPorts(around, process), { ...everyTenant, tenants }, options);
    runs.push(run.catch(() => undefined));
  }

  function startFor(indexes: number[] | null): void {
    const names = Object.keys(sim.map().tenants);
    const chosen = indexes?.flatMap((index) => choose(names, index) ?? []) ?? null;
    start(chosen && [...new Set(chosen)]);
  }

  const processAt = (index: number) =>
    choose(
      processes.filter(({ dead }) => !dead),
      index,
    );

  function takeAway(ports: readonly Port[], forMs: number): void {
    for (const port of ports) {
      outages.set(port, clock.now() + forMs);
    }
  }

  /** Who replaces an object by a damaged one gives it another tag. */
  function damage({ port, object, how, forMs }: DamageEvent): void {
    const texts = port === 'states' ? world.states : world.records;
    for (const on of choose(groupsOf(sim, port), object) ?? []) {
      const stored = texts.get(on);
      if (stored && how !== 'withheld') {
        texts.set(on, { ...stored, etag: randomUUID() });
      }
      const place = placeOf({ port, on });
      damaged.set(place, how);
      void clock.sleep(forMs).then(() => damaged.delete(place));
    }
  }

  /** An object of the same text has the same tag again, as in S3. */
  function putBackState(generation: number): void {
    const older = choose(states, generation);
    if (older) {
      world.states.set('default', older);
    }
  }

  async function happen(happening: Happening): Promise<void> {
    await clock.sleep(happening.afterMs);
    switch (happening.what) {
      case 'run':
        return startFor(happening.tenants);
      case 'crash':
        return void Object.assign(processAt(happening.process) ?? {}, { dead: true });
      case 'freeze': {
        const frozenUntil = clock.now() + happening.forMs;
        return void Object.assign(processAt(happening.process) ?? {}, { frozenUntil });
      }
      case 'set_clock': {
        const clockIsOffMs = happening.byMs;
        return void Object.assign(processAt(happening.process) ?? {}, { clockIsOffMs });
      }
      case 'outage':
        return takeAway([happening.port], happening.forMs);
      case 'outages':
        return takeAway(happening.ports, happening.forMs);
      case 'damage':
        return damage(happening);
      case 'delete_state':
        return void world.states.delete('default');
      case 'put_back_state':
        return putBackState(happening.generation);
      default:
        operator.operate(happening);
    }
  }

  return {
    sim,
    violations: judge.violations,
    happen,
    held: judge.held,
    /** Ends every process, lets what is under way arrive, and runs twice in fair weather. */
    async heal(): Promise<void> {
      for (const process of processes) {
        process.dead = true;
      }
      sky = CLEAR;
      outages.clear();
      damaged.clear();
      await clock.sleep(1_000_000);
      for (let i = 0; i < 2; i++) {
        start(null);
        await runs.at(-1);
        await clock.sleep(600_000);
      }
      judge.checkAskable(await runs.at(-1));
      judge.checkForeignPart();
    },
  };
}

/**
 * Returns what a port holds of the shard, the newest first. All that a turn brought is damaged
 * together, or one object of it.
 */
function groupsOf({ world }: Simulation, port: Port): string[][] {
  switch (port) {
    case 'archive': {
      const keys = [...world.objects.keys()].toReversed();
      const newest = keys.filter((key) => turnOfKey(key) === turnOfKey(keys[0] ?? ''));
      return [newest, ...keys.map((key) => [key])];
    }
    case 'records':
      return [...world.records.keys()].toReversed().map((key) => [key]);
    default:
      return [['default']];
  }
}

/** Two tenants share an account. */
function openAccounts({ server }: Simulation): Record<string, Record<string, unknown>> {
  const entries = Object.entries(ACCOUNTS).map(([account, rotation]) => [
    account,
    oauth2Entry(account, server.open(account, rotation)),
  ]);
  const tenants = Object.fromEntries(entries);
  return { ...tenants, emil2: { ...tenants.emil } };
}
