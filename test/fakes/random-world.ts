import { randomUUID } from 'node:crypto';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { parseExchangeKey } from '../../lambda/history/archived-exchange.ts';
import { parseShardState } from '../../lambda/history/shard-state.ts';
import type { Http, HttpAnswer, RunPorts } from '../../lambda/ports.ts';
import { StoreError } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/run.ts';
import type { Effect } from './memory-ports.ts';
import { memoryPorts } from './memory-ports.ts';
import { createSimulation, everyTenant, oauth2Entry } from './simulation.ts';

export type Port = Effect['port'];

/**
 * One thing that happens to the world, `afterMs` after the one before. Numbers that choose among
 * what there is are taken modulo its count.
 */
export type Happening = { afterMs: number } & (
  | { what: 'run'; tenants: number[] | null }
  | { what: 'crash'; process: number }
  | { what: 'freeze'; process: number; forMs: number }
  | { what: 'outage'; port: Port; forMs: number }
  | { what: 'paste'; tenant: number }
  | { what: 'consent'; tenant: number }
  | { what: 'note'; tenant: number }
  | { what: 'toggle'; tenant: number }
  | { what: 'remove'; tenant: number }
  | { what: 'readd'; tenant: number; generation: number }
  | { what: 'rename'; tenant: number }
  | { what: 'copy_with_old_token'; tenant: number; generation: number }
  | { what: 'save_old_map'; generation: number }
  | { what: 'roll_back' }
  | { what: 'delete_state' }
);

/** How often the network and the stores misbehave, from 0 to 1. */
export interface Weather {
  lostRequest: number;
  lostAnswer: number;
  slowRequest: number;
  staleRead: number;
}

interface Process {
  dead: boolean;
  frozenUntil: number;
  listedAt: number | null;
}

type Map_ = { version: 1; tenants: Record<string, Record<string, unknown>> };

const STORE_TIMEOUT_MS = 8_000;
const HTTP_TIMEOUT_MS = 20_000;
const CLEAR: Weather = { lostRequest: 0, lostAnswer: 0, slowRequest: 0, staleRead: 0 };

/**
 * A shard, its server and its operator, driven by happenings and a random number generator; it
 * notes what it may be excused for losing.
 */
export function createRandomWorld(random: () => number, weather: Weather) {
  const sim = createSimulation(['default']);
  const { server, world, clock } = sim;
  const processes: Process[] = [];
  const outages = new Map<Port, number>();
  const landedAt = new Map<string, number>();
  /** Accounts whose token went missing where the promise does not reach. */
  const excused = new Map<string, string>();
  /**
   * Tenants that the operator removed or renamed once, and copies of such: under that name an old
   * credential may come back.
   */
  const removed = new Set<string>();
  const violations: string[] = [];
  const generations: string[] = [];
  let notes = 0;
  let sky = weather;
  const runs: Promise<unknown>[] = [];

  const accountsOf = {
    anna: 'detect',
    berta: 'detect',
    cleo: 'immediate',
    dora: 'never',
    emil: 'detect',
  } as const;
  const first: Map_ = { version: 1, tenants: {} };
  for (const [account, rotation] of Object.entries(accountsOf))
    first.tenants[account] = oauth2Entry(account, server.open(account, rotation));
  first.tenants.emil2 = { ...first.tenants.emil };
  operatorSaves(JSON.stringify(first, null, 2));

  function operatorSaves(text: string): void {
    if (world.vault.current('default')) generations.push(world.vault.text('default'));
    world.vault.save('default', text);
  }
  function readMap(): Map_ {
    return JSON.parse(world.vault.text('default'));
  }
  function edit(change: (map: Map_) => void): void {
    const map = readMap();
    change(map);
    operatorSaves(JSON.stringify(map, null, 2));
  }

  /**
   * What a run has archived can be restored; what none has seen, at least not in this tenant's
   * entry, the operator throws away himself.
   */
  function isArchived(token: string, tenant: string): boolean {
    const inOrder = [...world.objects].filter(([, text]) => text.includes(`${token}\\"`));
    return inOrder.some(
      ([key, text]) => !text.includes('"adopted"') || parseExchangeKey(key)?.tenant === tenant,
    );
  }
  function accountOf(token: unknown): string | undefined {
    return [...server.accounts].find(
      ([, account]) => typeof token === 'string' && account.family.has(token),
    )?.[0];
  }
  function throwAway(before: Map_, after: Map_): void {
    for (const map of [before, after]) {
      for (const [name, entry] of Object.entries(map.tenants)) {
        const account = accountOf(entry.refresh_token);
        if (account && !isArchived(String(entry.refresh_token), name))
          excused.set(
            account,
            'the operator replaced what no run had seen, or put back what none had',
          );
      }
    }
    for (const [name, entry] of Object.entries(before.tenants)) {
      if (!after.tenants[name]) removed.add(name);
      if (
        entry.authorization_code !== undefined &&
        after.tenants[name]?.authorization_code !== entry.authorization_code
      )
        excuseClient(entry, 'the operator threw a code away');
    }
  }
  function excuseClient(entry: Record<string, unknown>, why: string): void {
    excused.set(String(entry.client_id), why);
  }

  /** What the server issued for what. */
  const successors = new Map<string, string>();
  function handleWatched(process: Process, request: Parameters<Http['send']>[0]): HttpAnswer {
    const sent = new URLSearchParams(request.body).get('refresh_token') ?? '';
    const account = accountOf(sent);
    const accepted = server.accepts(sent);
    const answer = server.handle(request);
    if (accepted && !server.accepts(sent))
      successors.set(
        sent,
        [...(server.accounts.get(account ?? '')?.family.keys() ?? [])].at(-1) ?? '',
      );
    else if (account && !accepted) noteReplay(process, account, sent);
    return answer;
  }
  /**
   * A spent token may only be sent where what succeeded it could not be known when this run looked
   * into the archive.
   */
  function noteReplay(process: Process, account: string, sent: string): void {
    const successor = successors.get(sent);
    if (successor === undefined) return;
    const known = (landedAt.get(successor) ?? Number.POSITIVE_INFINITY) <= (process.listedAt ?? 0);
    if (known) violations.push(`${sent} was sent again although its successor was in the archive`);
    excused.set(account, 'a request was not answered, or its answer not archived in time');
  }

  function ports(process: Process): RunPorts {
    const wake = async (ms: number, signal?: AbortSignal) => {
      await clock.sleep(ms, signal);
      while (clock.now() < process.frozenUntil)
        await clock.sleep(process.frozenUntil - clock.now());
      if (process.dead) await new Promise(() => undefined);
    };
    const travelMs = () => (random() < sky.slowRequest ? random() * 150_000 : 1 + random() * 60);

    async function pass<T>(effect: Effect, perform: () => T, timeoutMs: number): Promise<T> {
      if (process.dead) await new Promise(() => undefined);
      const lost = random();
      const sentAt = clock.now();
      // The request is under way by itself: it arrives also where its sender has died or gives up.
      const arrival = clock.sleep(travelMs()).then(() => {
        if (lost < sky.lostRequest || clock.now() < (outages.get(effect.port) ?? 0))
          throw new StoreError('unavailable', `${effect.port} did not answer`);
        return afterwards(effect, perform, process);
      });
      arrival.catch(() => undefined);
      const answered = arrival.then(async (result) => {
        if (lost >= sky.lostRequest && lost < sky.lostRequest + sky.lostAnswer)
          await clock.sleep(timeoutMs * 2);
        return result;
      });
      const late = clock.sleep(timeoutMs).then((): never => {
        throw new StoreError('unavailable', `${effect.port} did not answer in time`);
      });
      late.catch(() => undefined);
      try {
        const result = await Promise.race([answered, late]);
        await wake(1 + random() * 20);
        return result;
      } catch (error) {
        await wake(Math.max(1, timeoutMs - (clock.now() - sentAt)));
        throw error;
      }
    }

    function afterwards<T>(effect: Effect, perform: () => T, of: Process): T {
      if (effect.op === 'list') of.listedAt ??= clock.now();
      const result = perform();
      if (effect.port === 'archive' && effect.op === 'put') noteArchived(effect.on);
      if (effect.op === 'read' && effect.port !== 'states' && random() < sky.staleRead)
        return staleRead(effect, result);
      return result;
    }
    function staleRead<T>(effect: Effect, result: T): T {
      const store = effect.port === 'vault' ? world.vault : world.accessTokens;
      const { versions, succession } = store.stored(effect.on);
      return (versions.get(succession.at(-2) ?? '') ?? result) as T;
    }
    const http: Http = {
      async send(request) {
        try {
          return await pass(
            { port: 'http', op: 'send', on: request.url },
            () => handleWatched(process, request),
            HTTP_TIMEOUT_MS,
          );
        } catch {
          return {
            status: null,
            headers: {},
            body: new Uint8Array(),
            failure: { kind: 'no_answer', code: 'ECONNRESET' },
          };
        }
      },
    };
    const gate = <T>(effect: Effect, perform: () => T) => pass(effect, perform, STORE_TIMEOUT_MS);
    return {
      ...memoryPorts(world, gate),
      http,
      clock: { now: clock.now, monotonic: clock.monotonic, sleep: wake },
      log: () => undefined,
    };
  }

  /**
   * A run sees what the archive got since the turn before the last; an answer that came later is
   * filed in a newer turn too.
   */
  function noteArchived(key: string): void {
    const state = world.states.get('default');
    const replayed = state ? parseShardState(state.text).replayed_turn : 0;
    if ((parseExchangeKey(key)?.turn ?? 0) <= replayed) return;
    const text = world.objects.get(key) ?? '';
    for (const { family } of server.accounts.values())
      for (const token of family.keys())
        if (!landedAt.has(token) && text.includes(`${token}\\"`)) landedAt.set(token, clock.now());
  }

  function start(tenants: readonly string[] | null): Process {
    const process: Process = { dead: false, frozenUntil: 0, listedAt: null };
    processes.push(process);
    const request = { ...everyTenant, tenants };
    runs.push(
      rotate(ports(process), request, {
        runId: randomUUID(),
        deadlineAt: clock.now() + 900_000,
      }).catch(() => undefined),
    );
    return process;
  }

  const choose = <T>(from: readonly T[], index: number): T | undefined =>
    from[index % Math.max(1, from.length)];
  const living = () => processes.filter((process) => !process.dead);
  const tenantAt = (index: number) => choose(Object.keys(readMap().tenants), index);

  async function happen(happening: Happening): Promise<void> {
    await clock.sleep(happening.afterMs);
    switch (happening.what) {
      case 'run': {
        const tenants =
          happening.tenants?.map(tenantAt).filter((name) => name !== undefined) ?? null;
        start(tenants && [...new Set(tenants)]);
        return;
      }
      case 'crash': {
        const process = choose(living(), happening.process);
        if (process) process.dead = true;
        return;
      }
      case 'freeze': {
        const process = choose(living(), happening.process);
        if (process) process.frozenUntil = clock.now() + happening.forMs;
        return;
      }
      case 'outage':
        outages.set(happening.port, clock.now() + happening.forMs);
        return;
      case 'delete_state':
        world.states.delete('default');
        return;
      default:
        checkForeignPart();
        operate(happening);
        expected = foreignPart();
    }
  }

  function operate(
    happening: Exclude<Happening, { what: 'run' | 'crash' | 'freeze' | 'outage' | 'delete_state' }>,
  ): void {
    const before = readMap();
    const name = 'tenant' in happening ? tenantAt(happening.tenant) : undefined;
    const entry = name === undefined ? undefined : before.tenants[name];
    const account = accountOf(entry?.refresh_token);
    const old = 'generation' in happening ? choose(generations, happening.generation) : undefined;
    if ('tenant' in happening && (!entry || !account || name === undefined)) return;
    switch (happening.what) {
      case 'note':
        edit((map) => Object.assign(map.tenants[String(name)] ?? {}, { note: `n${++notes}` }));
        break;
      case 'toggle':
        edit((map) =>
          Object.assign(map.tenants[String(name)] ?? {}, { enabled: entry?.enabled === false }),
        );
        break;
      case 'paste': {
        // A new consent elsewhere ends every token of before; all tenants of the account get the
        // new one.
        const holders = Object.keys(before.tenants).filter(
          (one) => before.tenants[one]?.client_id === entry?.client_id,
        );
        const token = server.reissue(String(account));
        edit((map) => {
          for (const holder of holders)
            Object.assign(map.tenants[holder] ?? {}, { refresh_token: token });
        });
        excused.delete(String(account));
        break;
      }
      case 'consent': {
        const code = server.consent(String(account));
        edit((map) =>
          Object.assign(map.tenants[String(name)] ?? {}, {
            authorization_code: code,
            redirect_uri: 'https://x.example/cb',
          }),
        );
        // A code lives for one answer: whatever keeps that away costs a new consent, not a token.
        excused.set(String(account), 'a code was pasted');
        break;
      }
      case 'remove':
        edit((map) => delete map.tenants[String(name)]);
        throwAway(before, readMap());
        break;
      case 'rename':
        removed.add(String(name));
        edit((map) => {
          const renamed = map.tenants[String(name)];
          delete map.tenants[String(name)];
          if (renamed) map.tenants[`${name}x`.slice(-40)] = renamed;
        });
        break;
      case 'readd':
      case 'copy_with_old_token': {
        const from: Map_ = old ? JSON.parse(old) : before;
        const [other, copy] =
          Object.entries(from.tenants)[
            happening.tenant % Math.max(1, Object.keys(from.tenants).length)
          ] ?? [];
        if (!copy || other === undefined) return;
        const to = happening.what === 'readd' ? other : `${other}copy`.slice(-40);
        // Where the tenant that knew the credential was renamed before a paste, nothing leads from
        // the old one to the new.
        if (removed.size > 0) removed.add(to);
        edit((map) => {
          map.tenants[to] = copy;
        });
        throwAway(before, readMap());
        break;
      }
      case 'save_old_map':
        if (old) operatorSaves(old);
        throwAway(before, readMap());
        break;
      case 'roll_back':
        world.vault.rollBack('default');
        throwAway(before, readMap());
        break;
    }
  }

  /** What is not ours to change: every field but the credentials. */
  function foreignPart(): string {
    const map = readMap();
    const strip = ({
      refresh_token: _,
      authorization_code: __,
      code_verifier: ___,
      ...rest
    }: Record<string, unknown>) => rest;
    return JSON.stringify({
      ...map,
      tenants: Object.fromEntries(
        Object.entries(map.tenants).map(([name, entry]) => [name, strip(entry)]),
      ),
    });
  }

  /** As the operator left it last. */
  let expected = foreignPart();
  function checkForeignPart(): void {
    if (foreignPart() !== expected)
      violations.push('an edit of the operator was lost, or what is not ours was changed');
  }

  return {
    sim,
    violations,
    excused,
    happen,
    /** Ends every process, lets what is under way arrive, and runs twice in fair weather. */
    async heal(): Promise<void> {
      for (const process of processes) process.dead = true;
      sky = CLEAR;
      outages.clear();
      await clock.sleep(1_000_000);
      for (let i = 0; i < 2; i++) {
        start(null);
        await runs.at(-1);
        await clock.sleep(600_000);
      }
      checkForeignPart();
    },
    /** Tenants whose stored refresh token the server does not accept, and no excuse. */
    lost(): string[] {
      for (const [account, { family }] of server.accounts)
        for (const token of family.keys())
          if (!landedAt.has(token) && !JSON.stringify(readMap()).includes(`"${token}"`))
            excused.set(account, excused.get(account) ?? 'a token was issued and never archived');
      return Object.entries(readMap().tenants)
        .filter(
          ([, entry]) =>
            typeof entry.refresh_token === 'string' &&
            entry.enabled !== false &&
            entry.authorization_code === undefined,
        )
        .filter(
          ([name, entry]) =>
            !removed.has(name) &&
            !excused.has(String(entry.client_id)) &&
            !server.accepts(String(entry.refresh_token)),
        )
        .map(
          ([name, entry]) =>
            `${name} holds ${entry.refresh_token} (${fingerprint(String(entry.refresh_token))})`,
        );
    },
  };
}
