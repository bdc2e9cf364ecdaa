import { type Http, type HttpAnswer, type RunPorts, StoreError } from '../../lambda/ports.ts';
import { type Damage, placeOf, spoiled } from './damage.ts';
import { type Effect, memoryPorts } from './memory-ports.ts';
import type { Port, Weather } from './random-happening.ts';
import type { Simulation } from './simulation.ts';

export interface Process {
  dead: boolean;
  frozenUntil: number;
  /** By how much its wall clock was set. */
  clockIsOffMs: number;
  /** When it first listed the archive. */
  listedAt: number | null;
}

/** What all processes of a random world share. */
export interface Surroundings {
  sim: Simulation;
  random: () => number;
  weather(): Weather;
  /** Until when each port is away. */
  outages: ReadonlyMap<Port, number>;
  /** What is damaged, by its place. */
  damaged: ReadonlyMap<string, Damage>;
  /** The server takes in one request. */
  handle(process: Process, request: Parameters<Http['send']>[0]): HttpAnswer;
  /** Is called when an effect has happened. */
  noteEffect(process: Process, effect: Effect): void;
}

const STORE_TIMEOUT_MS = 8_000;
const HTTP_TIMEOUT_MS = 20_000;

/** The same tokens as servers and proxies send them, by turns: plain, with notices, marked, cut. */
function inNotation(turn: number, answer: HttpAnswer): HttpAnswer {
  const text = Buffer.from(answer.body).toString();
  const withText = (body: string) => ({ ...answer, body: Buffer.from(body) });
  const notations: HttpAnswer[] = [
    answer,
    withText(`<b>Notice</b>: x in {main}\n${text}\n<!-- 3 ms -->`),
    withText(`\ufeff\ufeff${text}`),
    { ...answer, failure: { kind: 'cut', code: 'ECONNRESET' } },
  ];
  return notations[turn % notations.length] ?? answer;
}

/** The ports of one process, whose calls get lost, late or stale as the weather has it. */
export function randomPorts(around: Surroundings, process: Process): RunPorts {
  const { sim, random, weather, outages } = around;
  const { world, clock } = sim;

  async function wake(ms: number, signal?: AbortSignal): Promise<void> {
    await clock.sleep(ms, signal);
    while (clock.now() < process.frozenUntil) {
      await clock.sleep(process.frozenUntil - clock.now());
    }
    if (process.dead) {
      await new Promise(() => undefined);
    }
  }
  const travelMs = () =>
    random() < weather().slowRequest ? random() * 150_000 : 1 + random() * 60;

  async function pass<T>(effect: Effect, perform: () => T, timeoutMs: number): Promise<T> {
    if (process.dead) {
      await new Promise(() => undefined);
    }
    const sentAt = clock.now();
    try {
      const result = await Promise.race([
        answerOf(effect, perform, timeoutMs),
        silenceOf(effect, timeoutMs),
      ]);
      await wake(1 + random() * 20);
      return result;
    } catch (error) {
      await wake(Math.max(1, timeoutMs - (clock.now() - sentAt)));
      throw error;
    }
  }

  /** A request that is under way arrives also where its sender has died or gives up. */
  function answerOf<T>(effect: Effect, perform: () => T, timeoutMs: number): Promise<T> {
    const lost = random();
    const arrival = clock.sleep(travelMs()).then(() => {
      const isAway = clock.now() < (outages.get(effect.port) ?? 0);
      if (isAway || lost < weather().lostRequest) {
        throw new StoreError('unavailable', `${effect.port} did not answer`);
      }
      return arrive(effect, perform);
    });
    const answered = arrival.then(async (result) => {
      const { lostRequest, lostAnswer } = weather();
      const isLost = lost >= lostRequest && lost < lostRequest + lostAnswer;
      if (isLost) {
        await clock.sleep(timeoutMs * 2);
      }
      return result;
    });
    answered.catch(() => undefined);
    return answered;
  }

  function silenceOf(effect: Effect, timeoutMs: number): Promise<never> {
    const late = clock.sleep(timeoutMs).then((): never => {
      throw new StoreError('unavailable', `${effect.port} did not answer in time`);
    });
    late.catch(() => undefined);
    return late;
  }

  function arrive<T>(effect: Effect, perform: () => T): T {
    const stored = perform();
    around.noteEffect(process, effect);
    const damage = around.damaged.get(placeOf(effect));
    const result = damage ? spoiled(damage, effect, stored) : stored;
    const isSecret = effect.port === 'vault' || effect.port === 'access_tokens';
    const isStale = isSecret && effect.op === 'read' && random() < weather().staleRead;
    return isStale ? staleRead(effect, result) : result;
  }

  function staleRead<T>(effect: Effect, result: T): T {
    const store = effect.port === 'vault' ? world.vault : world.accessTokens;
    const { versions, succession } = store.stored(effect.on);
    return (versions.get(succession.at(-2) ?? '') ?? result) as T;
  }

  let answers = 0;
  const http: Http = {
    async send(request) {
      const effect: Effect = { port: 'http', op: 'send', on: request.url };
      try {
        const answer = await pass(effect, () => around.handle(process, request), HTTP_TIMEOUT_MS);
        answers += 1;
        return answer.status === 200 ? inNotation(answers, answer) : answer;
      } catch {
        const failure = { kind: 'no_answer', code: 'ECONNRESET' } as const;
        return { status: null, headers: {}, body: new Uint8Array(), failure };
      }
    },
  };
  return {
    ...memoryPorts(world, (effect, perform) => pass(effect, perform, STORE_TIMEOUT_MS)),
    http,
    clock: {
      now: () => clock.now() + process.clockIsOffMs,
      monotonic: clock.monotonic,
      sleep: wake,
    },
    log: () => undefined,
  };
}
