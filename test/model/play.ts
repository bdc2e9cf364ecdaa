import {
  parseExchangeKey,
  shardPrefix,
  turnOfKey,
} from '../../lambda/history/archived-exchange.ts';
import { DAMAGES, placeOf } from '../fakes/damage.ts';
import type { Effect } from '../fakes/memory-ports.ts';
import { chooseCommand, startCommand } from './commands.ts';
import { foundForm1 } from './form1.ts';
import { judge, type Verdict } from './judge.ts';
import type { Mutant } from './mutants.ts';
import { foundShards, operate } from './operator.ts';
import {
  chooseTenants,
  freeze,
  kill,
  living,
  setClock,
  startRun,
  startSplit,
} from './processes.ts';
import { pick, type Random, randomOf } from './random.ts';
import type { Happening, Schedule, Weather } from './schedule.ts';
import {
  createWorld,
  note,
  type Outage,
  type Process,
  readMap,
  SHARDS,
  type Shard,
  type World,
} from './world.ts';

const MOST_RUNS = 3;
const DAY_MS = 86_400_000;
const RETENTION_MS = 400 * DAY_MS;
const CALM: Weather = { lostRequest: 0, lostAnswer: 0, lateWrite: 0, staleRead: 0 };
const CALM_ROUNDS = 3;

/** What became of one schedule. */
export interface Played extends Verdict {
  world: World;
  exchanges: number;
}

/** Lets a schedule happen, waits for calm, and judges what is left. */
export async function play(schedule: Schedule, mutant: Mutant | null = null): Promise<Played> {
  const jitter = Math.random;
  Math.random = randomOf(schedule.seed + 1);
  try {
    const world = createWorld(CALM);
    await begin(world, schedule, mutant);
    world.weather = schedule.weather;
    world.clocksOffMs = schedule.clocksOffMs ?? 0;
    const mood = randomOf(schedule.seed + 7);
    const { refusals = 0 } = schedule;
    world.servers.refuses = () => refusals > 0 && mood() < refusals;
    const faults: unknown[] = [];
    for (const happening of schedule.happenings) {
      await happen(world, happening, mutant, faults);
    }
    await calmDown(world, mutant);
    if (faults.length > 0) {
      throw faults[0];
    }
    return { world, exchanges: world.servers.exchanges, ...judge(world, randomOf(schedule.seed)) };
  } finally {
    Math.random = jitter;
  }
}

async function begin(
  world: World,
  { begins, seed }: Schedule,
  mutant: Mutant | null,
): Promise<void> {
  if (begins === 'after_0.1') {
    return foundForm1(world, randomOf(seed + 2));
  }
  foundShards(world, randomOf(seed + 2));
  for (const shard of SHARDS) {
    await startRun(world, calmRun(shard), mutant);
  }
}

function calmRun(shard: Shard) {
  return { shard, tenants: null, random: randomOf(1) };
}

async function happen(
  world: World,
  { what, afterMs, luck }: Happening,
  mutant: Mutant | null,
  faults: unknown[],
): Promise<void> {
  await world.clock.sleep(afterMs);
  const random = randomOf(luck);
  switch (what) {
    case 'run': {
      if (living(world).length >= MOST_RUNS) {
        return;
      }
      const shard = random() < 0.5 ? 'x' : 'y';
      const tenants = chooseTenants(random, Object.keys(readMap(world, shard).tenants));
      void startRun(world, { shard, tenants, random }, mutant).catch((fault) => faults.push(fault));
      return;
    }
    case 'split': {
      const [source, target] = random() < 0.5 ? (['x', 'y'] as const) : (['y', 'x'] as const);
      const tenant = pick(random, Object.keys(readMap(world, source).tenants));
      if (tenant === undefined || living(world).length >= MOST_RUNS) {
        return;
      }
      const split = { source, target, tenants: [tenant] };
      void startSplit(world, split, random).catch((fault) => faults.push(fault));
      return;
    }
    case 'command': {
      const command = living(world).length < MOST_RUNS ? chooseCommand(world, random) : undefined;
      if (command) {
        void startCommand(world, command, random).catch((fault) => faults.push(fault));
      }
      return;
    }
    case 'crash':
    case 'freeze':
    case 'set_clock': {
      const process = pick(random, living(world));
      if (process) {
        harm(world, process, what, random);
      }
      return;
    }
    case 'outage':
      return failPorts(world, random, 'unavailable');
    case 'denial':
      return failPorts(world, random, 'denied');
    case 'delete_state':
    case 'put_state_back':
      return troubleState(world, random, what);
    case 'damage':
      return damageObjects(world, random);
    case 'season':
      return passSeason(world, random);
    default:
      operate(world, what, random);
  }
}

function harm(
  world: World,
  process: Process,
  what: 'crash' | 'freeze' | 'set_clock',
  random: Random,
): void {
  if (what === 'crash') {
    kill(world, process);
  } else if (what === 'set_clock') {
    setClock(world, process, random);
  } else {
    freeze(world, process, pick(random, [20_000, 70_000, 130_000, 130_000, 700_000]) ?? 0);
  }
}

const PORTS: readonly Effect['port'][] = [
  'vault',
  'access_tokens',
  'archive',
  'records',
  'states',
  'http',
];

/** Mostly all stores fail together, which is what a network or a key does to them. */
function failPorts(world: World, random: Random, reason: Outage['reason']): void {
  const forMs = random() * (pick(random, [20_000, 120_000, 400_000]) ?? 0);
  const ports = random() < 0.6 ? PORTS.slice(0, 5) : [pick(random, PORTS) ?? 'archive'];
  note(world, `OUTAGE of ${ports.join(', ')} for ${Math.round(forMs)}: ${reason}`);
  for (const port of ports) {
    world.outages.set(port, { until: world.clock.now() + forMs, reason });
  }
}

const DAMAGED: readonly Effect['port'][] = [
  'archive',
  'archive',
  'archive',
  'records',
  'records',
  'states',
  'vault',
  'access_tokens',
];

/** All that a turn brought is damaged together, or one object. Later it is good again. */
function damageObjects(world: World, random: Random): void {
  const port = pick(random, DAMAGED) ?? 'archive';
  const how = pick(random, DAMAGES) ?? 'empty';
  const forMs = 100_000 + random() * 800_000;
  const { records, states } = world.memory;
  const texts = port === 'states' ? states : records;
  for (const on of chooseObjects(world, port, random)) {
    note(world, `DAMAGE of ${port} ${on}: ${how} for ${Math.round(forMs)}`);
    const stored = texts.get(on);
    if (stored && how !== 'withheld') {
      texts.set(on, { ...stored, etag: `damaged-${world.log.length}` });
    }
    if (port === 'archive') {
      forgetWanted(world, on);
    }
    const place = placeOf({ port, on });
    world.damaged.set(place, how);
    void world.clock.sleep(forMs).then(() => world.damaged.delete(place));
  }
}

/** An old copy may come while an entry cannot be read that says which consent its tenant has. */
function forgetWanted({ wanted }: World, key: string): void {
  const { shard, tenant, attempt } = parseExchangeKey(key) ?? {};
  if (attempt === 0 && tenant !== undefined) {
    wanted[shard as Shard].set(tenant, null);
  }
}

function chooseObjects({ memory }: World, port: Effect['port'], random: Random): readonly string[] {
  const shard = pick(random, SHARDS) ?? 'x';
  if (port !== 'archive' && port !== 'records') {
    return [shard];
  }
  const all = port === 'records' ? [...memory.records.keys()] : keysOf(memory, shard);
  const newest = all.toReversed();
  if (port === 'archive' && random() < 0.5) {
    return newest.filter((key) => turnOfKey(key) === turnOfKey(newest[0] ?? ''));
  }
  return newest.slice(0, 8).filter(() => random() < 0.2);
}

function keysOf({ objects }: World['memory'], shard: Shard): string[] {
  return [...objects.keys()].filter((key) => key.startsWith(shardPrefix(shard)));
}

function troubleState(world: World, random: Random, what: 'delete_state' | 'put_state_back'): void {
  const shard = random() < 0.5 ? 'x' : 'y';
  const versions = world.stateVersions[shard];
  const { states } = world.memory;
  if (what === 'delete_state') {
    note(world, `STATE of ${shard} is deleted`);
    states.delete(shard);
    return;
  }
  const now = world.clock.now();
  const old = pick(
    random,
    versions.slice(-8).filter(({ at }) => now - at > 10_000),
  );
  if (!old) {
    return;
  }
  note(world, `STATE of ${shard} is put back to that of ${new Date(old.at).toISOString()}`);
  // Copied over, or the newer versions were deleted.
  const isCopied = random() < 0.5;
  states.set(shard, { text: old.text, etag: isCopied ? `copy-${now}` : old.etag });
  if (!isCopied) {
    versions.splice(versions.indexOf(old) + 1);
  }
}

/** Months pass in which nobody runs, and the archive's lifecycle does its work. */
async function passSeason(world: World, random: Random): Promise<void> {
  const forMs = (100 + random() * 90) * DAY_MS;
  const { clock, lastWholeRunAt, putAt, memory } = world;
  const isServed = SHARDS.every(
    (shard) => clock.now() + forMs - lastWholeRunAt[shard] < RETENTION_MS / 2,
  );
  if (!isServed) {
    return;
  }
  for (const process of living(world)) {
    kill(world, process);
  }
  note(world, `SEASON of ${Math.round(forMs / DAY_MS)} days`);
  await clock.sleep(forMs);
  for (const [key, at] of putAt) {
    if (clock.now() - at > RETENTION_MS) {
      memory.objects.delete(key);
    }
  }
}

/** Ends every process, lets what is under way land, and runs each shard in peace. */
async function calmDown(world: World, mutant: Mutant | null): Promise<void> {
  for (const process of living(world)) {
    kill(world, process);
  }
  note(world, 'CALM');
  world.weather = CALM;
  world.servers.refuses = () => false;
  world.outages.clear();
  world.damaged.clear();
  await world.clock.sleep(2_000_000);
  for (const split of world.splitsBegun.splice(0)) {
    await startSplit(world, split, randomOf(1));
  }
  for (let round = 1; round <= CALM_ROUNDS; round++) {
    for (const shard of SHARDS) {
      const report = await startRun(world, calmRun(shard), mutant);
      if (round > 1 && (!report || report.failures)) {
        world.violations.push(`shard ${shard} fails in calm: ${report?.failures?.[0]?.message}`);
      }
      await world.clock.sleep(60_000);
    }
  }
}
