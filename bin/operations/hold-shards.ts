import { randomUUID } from 'node:crypto';
import type { TenantStates } from '../../lambda/history/history.ts';
import { BUSY_WAIT_MS, takeLease } from '../../lambda/keep/lease.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shardFailure } from '../../lambda/report/shard-failure.ts';
import { openRun, recover, withKnowledge } from '../../lambda/run/shard.ts';
import { CommandError } from '../errors.ts';

/**
 * Takes the leases of these shards, brings each where a run brings it before it asks anybody (its
 * histories know all of its archive, its map holds every current credential), lets `work` change
 * what it knows, and gives the leases back. No run comes in between. Leases are taken in the order
 * of the names, so that two such calls never wait for each other. Throws CommandError where a shard
 * stays held by a run or cannot be read or written, and what `work` throws.
 */
export async function holdShards<T>(
  ports: RunPorts,
  shards: readonly string[],
  work: (...runs: ShardRun[]) => Promise<T>,
): Promise<T> {
  const runs = new Map<string, ShardRun>();
  const caughtUp = new Set<ShardRun>();
  try {
    for (const shard of [...new Set(shards)].sort()) runs.set(shard, await hold(ports, shard));
    for (const run of runs.values()) {
      await recover(run).catch((error) => Promise.reject(toCommandError(ports, run.shard, error)));
      caughtUp.add(run);
    }
    return await work(...shards.map((shard) => held(runs, shard)));
  } finally {
    for (const run of [...runs.values()].toReversed())
      await run.lease.release((state) =>
        caughtUp.has(run) ? withKnowledge(run, state, run.states) : state,
      );
  }
}

/**
 * Stores other histories for a shard that is held. Throws CommandError when the lease was lost:
 * then it may have been stored or not.
 */
export async function storeStates(run: ShardRun, states: TenantStates): Promise<void> {
  run.states = states;
  if (!(await run.lease.save((state) => withKnowledge(run, state, states))))
    throw leaseLost(run.shard);
}

/** What to say when nothing may be written to a shard any more. */
export function leaseLost(shard: string): CommandError {
  return new CommandError(
    `The lease of shard ${shard} was lost before everything was written. Give the same command again: it goes on from here.`,
  );
}

async function hold(ports: RunPorts, shard: string): Promise<ShardRun> {
  const runId = randomUUID();
  const lease = await takeLease(ports, shard, runId, BUSY_WAIT_MS).catch((error) =>
    Promise.reject(toCommandError(ports, shard, error)),
  );
  if (lease === 'busy')
    throw new CommandError(
      `Shard ${shard} is held by a run. Nothing was changed: try again when it is over.`,
    );
  return openRun(ports, lease, { shard }, { runId, deadlineAt: Number.POSITIVE_INFINITY });
}

function held(runs: ReadonlyMap<string, ShardRun>, shard: string): ShardRun {
  const run = runs.get(shard);
  if (!run) throw new Error(`shard ${shard} is not held`);
  return run;
}

function toCommandError(ports: RunPorts, shard: string, error: unknown): CommandError {
  const { message, next_step } = shardFailure(ports, shard, error);
  return new CommandError(`${message} ${next_step}`);
}
