import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEvent } from '../../lambda/event.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import { type Random, randomFrom } from '../fakes/random.ts';
import type { Moment, TokenServer } from '../fakes/token-server.ts';
import { type Account, SHARDS } from './accounts.ts';
import { createJudge } from './judge.ts';

/** Where the runs happen, and how one is started in a process of its own. */
export interface TortureSite {
  /** For the parent, which recovers and judges. */
  ports: RunPorts;
  /**
   * What to start for one run for all tenants; it says `ready` on its standard output when it
   * begins.
   */
  program(): { command: string; args: readonly string[]; env?: NodeJS.ProcessEnv };
  /** Lets the time pass in which the leases of the dead end. */
  outliveLeases(): Promise<void>;
}

export interface TortureOptions {
  seed: number;
  kills: number;
  /** No further run is killed after this. */
  seconds: number;
  say?: (line: string) => void;
}

export interface TortureResult {
  seed: number;
  kills: number;
  /** Runs that had ended before they could be killed. */
  survivors: number;
  rounds: number;
  /** Answers that the server committed and no archive holds. */
  unarchived: number;
  /** Tokens that such an answer cost; each account was then consented to again. */
  lostInWindow: number;
  /** Spent tokens that were sent again because of such an answer. */
  replaysInWindow: number;
  /** Old copies of a map that were saved over the new one. */
  oldMaps: number;
  /** What the promise does not allow: must be empty. */
  faults: string[];
}

/**
 * When a run is killed: so long after its start, or after the server saw so many of its requests
 * come to a moment.
 */
type Aim = { afterMs: number } & ({ moment: 'start' } | { moment: Moment; nth: number });

/**
 * Kills runs at random instants, one to three in a row, recovers after each row, and judges the
 * stores from the server's side. `seed` chooses aims and edits again; where exactly a kill falls is
 * the machine's choice.
 */
export async function torture(
  site: TortureSite,
  server: TokenServer,
  options: TortureOptions,
): Promise<TortureResult> {
  const random = randomFrom(options.seed);
  const judge = createJudge(site.ports, server);
  const operator = createOperator(site.ports, server);
  const result: TortureResult = {
    seed: options.seed,
    kills: 0,
    survivors: 0,
    rounds: 0,
    unarchived: 0,
    lostInWindow: 0,
    replaysInWindow: 0,
    oldMaps: 0,
    faults: [],
  };
  const endAt = Date.now() + options.seconds * 1000;
  const first = await killRun(site, server, null);
  judge.ended(false);
  if (first.crash) {
    result.faults.push(first.crash);
  }
  let { durationMs } = first;
  /** Kills up to three runs, one after the other. Returns where each was aimed at. */
  const killSome = async (): Promise<Aim[]> => {
    const aims = Array.from({ length: 1 + random(3) }, () => chooseAim(random, durationMs));
    for (const aim of aims) {
      if (Date.now() >= endAt) {
        break;
      }
      const run = await killRun(site, server, aim);
      judge.ended(run.killed);
      result[run.killed ? 'kills' : 'survivors'] += 1;
      if (!run.killed) {
        durationMs = Math.min(durationMs, run.durationMs);
      }
      if (run.crash) {
        result.faults.push(run.crash);
      }
      await site.outliveLeases();
    }
    return aims;
  };
  /** Lets one run live, judges the stores, and has the lost accounts consent again. */
  const judgeRound = async (aims: readonly Aim[]): Promise<void> => {
    result.rounds += 1;
    const where = `round ${result.rounds} (${JSON.stringify(aims)})`;
    const recovery = await recover(site.ports);
    judge.ended(false);
    const { faults, lostInWindow } = await judge.judge();
    result.faults.push(...[...recovery, ...faults].map((fault) => `${where}: ${fault}`));
    result.lostInWindow += lostInWindow.length;
    for (const account of lostInWindow) {
      await operator.consent(account);
      judge.consented(account.name);
    }
    if (lostInWindow.length === 0 && (await operator.maySaveOldMap(random))) {
      result.oldMaps += 1;
    }
  };
  const isGoingOn = () =>
    result.kills < options.kills && Date.now() < endAt && result.faults.length === 0;
  while (isGoingOn()) {
    await judgeRound(await killSome());
    if (result.rounds % 5 === 0) {
      options.say?.(`${result.kills} kills, ${result.lostInWindow} lost in the window`);
    }
  }
  return { ...result, unarchived: judge.counts.unarchived, replaysInWindow: judge.counts.replays };
}

/**
 * A kill between `committed` and the archive's acknowledgement falls into the window: few are aimed
 * there.
 */
const MOMENTS: readonly Moment[] = ['arrived', 'committed', ...Array<Moment>(10).fill('answered')];

function chooseAim(random: Random, durationMs: number): Aim {
  if (random(2) === 0) {
    return { moment: 'start', afterMs: random(Math.ceil(durationMs * 1.1)) };
  }
  const moment = MOMENTS[random(MOMENTS.length)] ?? 'answered';
  return { moment, nth: 1 + random(8), afterMs: moment === 'answered' ? random(40) : 0 };
}

interface Killed {
  /** False for a run that had ended before. */
  killed: boolean;
  durationMs: number;
  /** Set for a run that ended by itself, and not well. */
  crash: string | null;
}

/** Starts a run and kills it at the aim; without one, lets it live. */
async function killRun(site: TortureSite, server: TokenServer, aim: Aim | null): Promise<Killed> {
  const { command, args, env } = site.program();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(env && { env }) });
  const closed = once(child, 'close');
  let startedAt = Date.now();
  child.stdout.once('data', () => {
    startedAt = Date.now();
    if (aim?.moment === 'start') {
      setTimeout(() => child.kill('SIGKILL'), aim.afterMs);
    }
  });
  child.stdout.resume();
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  if (aim && aim.moment !== 'start') {
    armServer(server, aim, child);
  }
  await closed;
  server.onMoment = () => undefined;
  await settle(server);
  const killed = child.signalCode === 'SIGKILL';
  const crash =
    killed || child.exitCode === 0
      ? null
      : `a run ended with ${child.exitCode}: ${errors.slice(-2000)}`;
  return { killed, durationMs: Date.now() - startedAt, crash };
}

function armServer(
  server: TokenServer,
  { moment, nth, afterMs }: Exclude<Aim, { moment: 'start' }>,
  child: ChildProcess,
): void {
  let count = 0;
  server.onMoment = (now) => {
    if (now !== moment || ++count !== nth) {
      return;
    }
    if (afterMs === 0) {
      child.kill('SIGKILL');
    } else {
      setTimeout(() => child.kill('SIGKILL'), afterMs);
    }
  };
}

/**
 * A dead process's last request may still lie in the network: gives the server the turns to take
 * it, and waits until it is done.
 */
async function settle(server: TokenServer): Promise<void> {
  await delay(2);
  await server.idle();
}

/**
 * A run for what is missing alone: it mends what the dead left, and refreshes nobody whose token
 * lives.
 */
async function recover(ports: RunPorts): Promise<string[]> {
  const request = parseEvent({ expiring_within_seconds: 1 });
  const report = await rotate(ports, request, {
    runId: randomUUID(),
    deadlineAt: Number.POSITIVE_INFINITY,
    busyWaitMs: 0,
  });
  return (report.failures ?? []).map(
    ({ shard, code }) => `the recovery of shard ${shard} ended with ${code}`,
  );
}

/** Edits the maps as a person does who knows nothing of runs. */
function createOperator({ vault }: Pick<RunPorts, 'vault'>, server: TokenServer) {
  const generations: Map<string, string>[] = [];

  async function save(shard: string, change: (text: string) => string): Promise<void> {
    const version = await vault.read(shard);
    const saved = await vault.swap(
      shard,
      version?.versionId ?? null,
      change(version?.text ?? ''),
      randomUUID(),
    );
    if (saved !== 'swapped') {
      throw new Error('somebody else writes the vault');
    }
  }

  return {
    /** A consent: a fresh token in the map, those of before dead. */
    async consent({ name, shard, tenants }: Account): Promise<void> {
      const token = server.authorization.reissue(name);
      await save(shard, (text) => {
        const map = JSON.parse(text);
        for (const tenant of tenants) {
          map.tenants[tenant].refresh_token = token;
        }
        return JSON.stringify(map, null, 2);
      });
    },
    /** Remembers the maps, and now and then saves old ones over them. */
    async maySaveOldMap(random: Random): Promise<boolean> {
      const now = new Map<string, string>();
      for (const shard of SHARDS) {
        now.set(shard, (await vault.read(shard))?.text ?? '');
      }
      generations.push(now);
      if (random(2) !== 0) {
        return false;
      }
      const old = generations[random(generations.length)];
      for (const shard of SHARDS) {
        await save(shard, () => old?.get(shard) ?? '');
      }
      return true;
    },
  };
}
