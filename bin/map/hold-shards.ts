import { randomUUID } from 'node:crypto';
import type { TenantState } from '../../lambda/history/shard-state.ts';
import { giveBackUnheld } from '../../lambda/keep/give-back.ts';
import { LeaseLostError } from '../../lambda/keep/lease.ts';
import type { ShardRun } from '../../lambda/keep/shard-run.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shardFailure } from '../../lambda/report/shard-failure.ts';
import { catchUp } from '../../lambda/run/catch-up.ts';
import { stateAfter } from '../../lambda/run/open-run.ts';
import { withLease } from '../../lambda/run/with-lease.ts';
import { CommandError } from '../errors.ts';

/** A shard that is held, and what its state is to say of its tenants. */
export interface HeldShard {
  run: ShardRun;
  tenants: ReadonlyMap<string, TenantState>;
}

/**
 * Takes the leases of these shards, lets `work` change what they know, and gives the leases back.
 * No run comes in between. Before `work`, each shard knows all of its archive, and its map holds
 * every current credential, as before a run asks anybody. Leases are taken in the order of the
 * names, so that two such calls never wait for each other. Throws CommandError where a shard stays
 * held by a run or cannot be read or written, and what `work` throws.
 */
export async function holdShards<T>(
  ports: RunPorts,
  shards: readonly string[],
  work: (...held: HeldShard[]) => Promise<T>,
): Promise<T> {
  const held = new Map<string, HeldShard>();
  const call = {
    ports,
    held,
    work: () => work(...shards.map((shard) => heldIn(held, shard))),
  };
  return holdNext(call, [...new Set(shards)].sort());
}

interface Call<T> {
  ports: RunPorts;
  held: Map<string, HeldShard>;
  work: () => Promise<T>;
}

async function holdNext<T>(call: Call<T>, waiting: readonly string[]): Promise<T> {
  const [shard, ...others] = waiting;
  if (shard === undefined) {
    return call.work();
  }
  const terms = { runId: randomUUID(), deadlineAt: Number.POSITIVE_INFINITY };
  let isWorking = false;
  const worked = withLease(call.ports, shard, terms, async (run) => {
    await catchUp(run);
    const held: HeldShard = { run, tenants: run.tenants };
    call.held.set(shard, held);
    isWorking = true;
    const result = await holdNext(call, others);
    await giveBackUnheld(run, held.tenants);
    return { result, close: (state) => stateAfter(run, state, held.tenants) };
  });
  const result = await worked.catch((error: unknown) => {
    if (error instanceof LeaseLostError) {
      throw leaseLost(shard);
    }
    throw isWorking ? error : toCommandError(call.ports, shard, error);
  });
  if (result !== 'busy') {
    return result;
  }
  throw new CommandError(
    `Shard ${shard} is held by a run. Nothing was changed: try again when it is over.`,
  );
}

/**
 * Stores what a held shard's state is to say of its tenants. Throws CommandError when the lease was
 * lost. Then it may have been stored or not.
 */
export async function storeTenants(
  held: HeldShard,
  tenants: ReadonlyMap<string, TenantState>,
): Promise<void> {
  held.tenants = tenants;
  const { run } = held;
  if (
    !(await run.lease.save((state) => ({
      ...state,
      tenants,
      suspect: true,
    })))
  ) {
    throw leaseLost(run.shard);
  }
}

/** Says that nothing may be written to a shard any more. */
export function leaseLost(shard: string): CommandError {
  return new CommandError(
    `The lease of shard ${shard} was lost before everything was written. ` +
      'Run the same command again: it goes on from here.',
  );
}

function heldIn(held: ReadonlyMap<string, HeldShard>, shard: string): HeldShard {
  const one = held.get(shard);
  if (!one) {
    throw new Error(`shard ${shard} is not held`);
  }
  return one;
}

function toCommandError(ports: RunPorts, shard: string, error: unknown): CommandError {
  const { message, next_step } = shardFailure(ports, shard, error);
  return new CommandError(`${message} ${next_step}`);
}
