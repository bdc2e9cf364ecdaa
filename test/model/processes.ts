import { CommandError } from '../../bin/errors.ts';
import { splitShard } from '../../bin/shards/split-shard.ts';
import { everyTenant, type RunRequest } from '../../lambda/event.ts';
import { VaultMapError } from '../../lambda/map/vault-map.ts';
import type { Report } from '../../lambda/outcome.ts';
import { type Http, type RunPorts, StoreError } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import { placeOf, spoiled } from '../fakes/damage.ts';
import { type Effect, type Gate, memoryPorts } from '../fakes/memory-ports.ts';
import type { Mutant } from './mutants.ts';
import { pick, type Random, randomOf } from './random.ts';
import {
  excuseWindow,
  note,
  noteEffect,
  noteMarks,
  type Outage,
  type Process,
  readMap,
  type Shard,
  type Split,
  undurableOf,
  type World,
} from './world.ts';

const LIFE_MS = 900_000;
const STORE_TIMEOUT_MS = 8_000;
const HTTP_TIMEOUT_MS = 20_000;
const MOST_LATE_MS = 1_500_000;
/** A process that sleeps longer than this may have lost its lease to another. */
const HARMLESS_FREEZE_MS = 60_000;
/** Nothing is offered any more so long before a function's end. */
const LAST_SECONDS_MS = 60_000;

/** Starts one run of the product over one shard. Resolves with its report, or null for none. */
export async function startRun(
  world: World,
  { shard, tenants, random }: { shard: Shard; tenants: readonly string[] | null; random: Random },
  mutant: Mutant | null,
): Promise<Report | null> {
  const process = openProcess(world, shard);
  const ports = portsOf(world, process, random);
  const request: RunRequest = { ...everyTenant, shard, tenants: tenants && [...tenants] };
  note(world, `run ${process.id} of ${shard} starts`);
  const deadlineAt = process.endsAt + process.clockIsOffMs;
  const options = { runId: `run-${process.id}`, deadlineAt };
  const report = await rotate(
    mutant ? mutant.alter(ports, { world, process }) : ports,
    request,
    options,
  ).catch((error: unknown) => {
    if (!(error instanceof Error) || !/^(Run|Store)Error$/.test(error.name)) {
      throw error;
    }
    note(world, `run ${process.id} fails: ${error.message}`);
    return null;
  });
  endRun(world, process, report, tenants === null);
  return report;
}

export function openProcess(world: World, shard: Shard): Process {
  const id = world.processes.length + 1;
  const process: Process = {
    id,
    shard,
    isDead: false,
    frozenUntil: 0,
    endsAt: world.clock.now() + LIFE_MS,
    clockIsOffMs: someOffset(world, randomOf(id)),
    answers: new Set(),
    marks: new Set(),
  };
  world.processes.push(process);
  return process;
}

/** Starts a split, or a begun one again. Resolves when it ends. */
export async function startSplit(world: World, split: Split, random: Random): Promise<void> {
  const { source, target, tenants } = split;
  world.splitsBegun.push(split);
  const process = openProcess(world, source);
  const home = { ports: portsOf(world, process, random), addShard: async () => undefined };
  note(world, `split ${process.id} moves ${tenants.join(', ')} of ${source} to ${target}`);
  for (const name of tenants) {
    for (const shard of [source, target]) {
      world.wanted[shard].set(name, null);
    }
  }
  const ended = await splitShard(home, split).then(
    ({ moved }) => {
      world.splitsBegun.splice(world.splitsBegun.indexOf(split), 1);
      return `moved ${moved.join(', ')}`;
    },
    (error: unknown) => {
      if (!isTold(error)) {
        throw error;
      }
      return error.message;
    },
  );
  note(world, `split ${process.id} ends: ${ended}`);
  process.isDead = true;
}

/** Tells an error that the command line would print. */
export function isTold(error: unknown): error is Error {
  const kinds = [CommandError, StoreError, VaultMapError];
  return kinds.some((kind) => error instanceof kind);
}

function endRun(world: World, process: Process, report: Report | null, isWhole: boolean): void {
  const told = report?.outcomes
    .map(({ tenant, status, error }) => `${tenant} ${error?.code ?? status}`)
    .join(', ');
  const failed = report?.failures?.map(({ code }) => code).join(', ');
  note(world, `run ${process.id} ends: ${told}${failed ? `, ${failed}` : ''}`);
  judgeEnd(world, process);
  process.isDead = true;
  if (!report || report.failures || !isWhole) {
    return;
  }
  world.lastWholeRunAt[process.shard] = world.clock.now();
  world.lastOutcomes[process.shard] = report.outcomes;
}

/** A run that has time left may not end while it holds the only copy of an answer. */
function judgeEnd(world: World, process: Process): void {
  const isLate = world.clock.now() > process.endsAt - LAST_SECONDS_MS;
  if (isLate) {
    excuseWindow(world, process, 'an outage outlived the function');
  }
  for (const token of undurableOf(world, process)) {
    if (world.servers.grantOf(token)?.excusedBy === null) {
      world.violations.push(`run ${process.id} ended with the only copy of ${token}`);
    }
  }
}

/** Ends a process. What it held alone is lost. */
export function kill(world: World, process: Process, why = 'died in the window'): void {
  if (process.isDead) {
    return;
  }
  note(world, `run ${process.id} dies`);
  process.isDead = true;
  excuseWindow(world, process, why);
}

export function freeze(world: World, process: Process, forMs: number): void {
  note(world, `run ${process.id} freezes for ${forMs}`);
  process.frozenUntil = world.clock.now() + forMs;
  if (forMs > HARMLESS_FREEZE_MS) {
    excuseWindow(world, process, 'frozen in the window');
  }
}

/** Sets the wall clock of a process, ahead or back. */
export function setClock(world: World, process: Process, random: Random): void {
  process.clockIsOffMs = someOffset(world, random);
  note(world, `the clock of run ${process.id} is set to be off by ${process.clockIsOffMs}`);
}

function someOffset({ clocksOffMs }: World, random: Random): number {
  return Math.round((2 * random() - 1) * clocksOffMs);
}

export function living({ processes }: World): Process[] {
  return processes.filter(({ isDead }) => !isDead);
}

export function portsOf(world: World, process: Process, random: Random): RunPorts {
  const { clock } = world;
  const forever = () => new Promise<never>(() => undefined);

  async function wake(ms: number, signal?: AbortSignal): Promise<void> {
    await clock.sleep(ms, signal);
    while (clock.now() < process.frozenUntil) {
      await clock.sleep(process.frozenUntil - clock.now());
    }
    if (clock.now() >= process.endsAt) {
      kill(world, process, 'an outage outlived the function');
    }
    if (process.isDead) {
      await forever();
    }
  }

  async function pass<T>(effect: Effect, perform: () => T, timeoutMs: number): Promise<T> {
    if (process.isDead) {
      await forever();
    }
    const { lostRequest, lostAnswer, lateWrite } = world.weather;
    noteOffer(world, effect);
    const luck = random();
    const isLate = isPut(effect) && random() < lateWrite;
    await clock.sleep(20 + random() * 500);
    const act = () => {
      const result = process.onSwap ? performSwap(world, process, effect, perform) : perform();
      noteEffect(world, effect);
      if (isWrite(effect) && result !== 'refused') {
        noteMarks(world, process, effect);
      }
      // A request that was under way arrives after its sender's death.
      if (process.isDead) {
        excuseWindow(world, process, 'died in the window');
      }
      return result;
    };
    if (isLate) {
      void landLate(world, effect, random() * MOST_LATE_MS, act);
    }
    const outage = outageOf(world, effect);
    if (outage === 'denied') {
      await wake(20);
      throw new StoreError('denied', `${effect.port} denies us`);
    }
    if (isLate || outage || luck < lostRequest) {
      return silence(effect, timeoutMs);
    }
    const result = act();
    if (luck < lostRequest + lostAnswer) {
      return silence(effect, timeoutMs);
    }
    await wake(20 + random() * 500);
    return result;
  }

  /** The process waits for an answer to its end, and gives up. */
  async function silence(effect: Effect, timeoutMs: number): Promise<never> {
    await wake(timeoutMs);
    throw new StoreError('unavailable', `${effect.port} did not answer`);
  }

  const gate: Gate = async (effect, perform) => {
    const result = await pass(effect, perform, STORE_TIMEOUT_MS);
    const isStale = effect.op === 'read' && random() < world.weather.staleRead;
    const read = isStale ? staleRead(world, effect, result) : result;
    const damage = world.damaged.get(placeOf(effect));
    return damage ? spoiled(damage, effect, read) : read;
  };
  const http: Http = {
    async send(request) {
      const effect: Effect = { port: 'http', op: 'send', on: request.url };
      const answered = { issued: null as string | null };
      const ask = () => {
        const { answer, issued } = world.servers.handle(request);
        answered.issued = issued;
        noteAnswer(world, process, request.body, issued);
        return answer;
      };
      try {
        return await pass(effect, ask, HTTP_TIMEOUT_MS);
      } catch {
        // A code may be sent only once, also where it never arrived.
        const lost = answered.issued ?? /code-g\d+/.exec(request.body ?? '')?.[0];
        note(world, `  run ${process.id} is not answered: ${lost ?? 'it may ask again'}`);
        // An answer that repeats what is stored is lost with no harm.
        if (lost !== undefined && !world.durable.has(lost)) {
          world.servers.excuse(lost, 'answer lost on the wire');
        }
        const failure = { kind: 'no_answer' as const, code: 'ECONNRESET' };
        return { status: null, headers: {}, body: new Uint8Array(), failure };
      }
    },
  };
  const stores = memoryPorts(world.memory, gate);
  return {
    ...stores,
    accessTokens: watchPublished(world, stores.accessTokens, random),
    http,
    clock: {
      now: () => clock.now() + process.clockIsOffMs,
      monotonic: clock.monotonic,
      sleep: wake,
    },
    log: ({ message }) => note(world, `  run ${process.id}: ${message}`),
  };
}

/** A provider denies nothing by an error of its network. */
function outageOf({ outages, clock }: World, { port }: Effect): Outage['reason'] | null {
  const { until, reason } = outages.get(port) ?? { until: 0, reason: 'unavailable' };
  if (clock.now() >= until) {
    return null;
  }
  return port === 'http' ? 'unavailable' : reason;
}

/** Lets a command's process see what it makes of a map. */
function performSwap<T>(world: World, process: Process, effect: Effect, perform: () => T): T {
  if (effect.port !== 'vault' || effect.op !== 'move_label') {
    return perform();
  }
  const shard = effect.on as Shard;
  const before = readMap(world, shard);
  const result = perform();
  process.onSwap?.(shard, before, readMap(world, shard));
  return result;
}

function noteAnswer(
  world: World,
  process: Process,
  body: string | undefined,
  issued: string | null,
): void {
  const sent = /(?:rt|code)-g\d+(?:-\d+)?/.exec(body ?? '')?.[0];
  note(world, `  run ${process.id} sends ${sent}, gets ${issued ?? 'a refusal'}`);
  if (issued === null) {
    return;
  }
  // An alternating server issues an older token again: only what is stored from now on counts.
  if (sent !== issued) {
    world.durable.delete(issued);
    world.archived.delete(issued);
    world.issuedAt.set(issued, world.clock.now());
  }
  if (!world.durable.has(issued)) {
    process.answers.add(issued);
  }
  const isFrozen = process.frozenUntil - world.clock.now() > HARMLESS_FREEZE_MS;
  if (process.isDead) {
    excuseWindow(world, process, 'died in the window');
  } else if (isFrozen) {
    excuseWindow(world, process, 'frozen in the window');
  }
}

function noteOffer({ offeredAt, clock }: World, effect: Effect): void {
  if (isPut(effect) && !offeredAt.has(effect.on)) {
    offeredAt.set(effect.on, clock.now());
  }
}

function isPut({ port, op }: Effect): boolean {
  return port === 'archive' && op === 'put';
}

function isWrite(effect: Effect): boolean {
  return isPut(effect) || effect.op === 'write';
}

async function landLate(
  world: World,
  effect: Effect,
  afterMs: number,
  act: () => unknown,
): Promise<void> {
  await world.clock.sleep(afterMs);
  note(world, `late: ${effect.on}`);
  act();
}

function staleRead<T>({ memory }: World, { port, on }: Effect, result: T): T {
  if (port !== 'vault' && port !== 'access_tokens') {
    return result;
  }
  const { versions, succession } =
    port === 'vault' ? memory.vault.stored(on) : memory.accessTokens.stored(on);
  return (versions.get(succession.at(-2) ?? '') ?? result) as T;
}

/** Consumers use most of what is published, soon after. */
function watchPublished(
  { servers }: World,
  secrets: RunPorts['accessTokens'],
  random: Random,
): RunPorts['accessTokens'] {
  return {
    ...secrets,
    async swap(shard, read, text, requestToken) {
      const result = await secrets.swap(shard, read, text, requestToken);
      if (result === 'swapped') {
        for (const token of text.match(/at-g\d+-\d+/g) ?? []) {
          if (random() < 0.7) {
            servers.use(token);
          }
        }
      }
      return result;
    },
  };
}

/** Returns some tenants of a shard, or null for all of them. */
export function chooseTenants(random: Random, names: readonly string[]): string[] | null {
  const name = random() < 0.25 ? pick(random, names) : undefined;
  return name === undefined ? null : [name];
}
