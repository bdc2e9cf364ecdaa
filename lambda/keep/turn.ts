import { randomUUID } from 'node:crypto';
import { beforeTurn, markerKey, shardPrefix, turnOfKey } from '../history/archived-exchange.ts';
import { isObject } from '../is-object.ts';
import type { Archive } from '../ports.ts';
import type { Lease } from './lease.ts';
import { undamagedObject } from './undamaged-object.ts';

/**
 * Describes what the archive holds since the last complete run, and whether another run may be
 * alive.
 */
export interface OpenedTurn {
  keys: string[];
}

interface TurnPorts {
  archive: Pick<Archive, 'create' | 'get' | 'list'>;
}

/**
 * Claims the lease's turn in the archive by a marker that is created once, and lists what the
 * archive holds after it. Of two runs that both believe that they hold the lease, one sees the
 * marker of the other. Where another run's marker or folder has this turn or a higher one, the
 * state was deleted or put back, and that run may be alive. Then it takes a higher turn, and keeps
 * the lease until a dead or living holder must have ended. The marker is also the proof that
 * answers can be archived. Throws StoreError where it cannot be created, and LeaseLostError.
 */
export async function openTurn(ports: TurnPorts, shard: string, lease: Lease): Promise<OpenedTurn> {
  let mayBeAlive = false;
  for (;;) {
    const isOurs = await createMarker(ports.archive, shard, lease.turn(), lease.runId);
    const keys = await listNew(ports.archive, shard, lease);
    const others = keys.filter((key) => key !== markerKey(shard, lease.turn()));
    const highest = highestTurn(others, lease);
    if (isOurs && highest < lease.turn()) {
      if (!mayBeAlive) {
        return { keys: others.filter(isNotMarker) };
      }
      await lease.outlast();
      const listed = await listNew(ports.archive, shard, lease);
      return { keys: listed.filter(isNotMarker) };
    }
    mayBeAlive = true;
    await lease.raiseTurn(Math.max(lease.turn(), highest) + 1);
  }
}

async function listNew(
  archive: TurnPorts['archive'],
  shard: string,
  lease: Lease,
): Promise<string[]> {
  const first = lease.state().replayed_turn + 1;
  return archive.list(shardPrefix(shard), beforeTurn(shard, first));
}

/** Returns whether the marker is ours, also where the answer to its creation was lost. */
async function createMarker(
  archive: TurnPorts['archive'],
  shard: string,
  turn: number,
  runId: string,
): Promise<boolean> {
  const key = markerKey(shard, turn);
  const nonce = randomUUID();
  const marker = {
    version: 1,
    run_id: runId,
    nonce,
  };
  for (let tries = 1; ; tries++) {
    try {
      if ((await archive.create(key, marker)) === 'created') {
        return true;
      }
      const stored = await undamagedObject(archive, key);
      return isObject(stored) && stored.nonce === nonce;
    } catch (error) {
      if (tries === MARKER_TRIES) {
        throw error;
      }
    }
  }
}

/** A client retries each call too. */
const MARKER_TRIES = 2;

/** More turns than a shard takes in twenty years. An object that is further ahead is not ours. */
const MOST_AHEAD = 1_000_000;

/** Tells whether a run of the shard, whose turn is `current` now, can have taken a turn. */
export function isTurnOfShard(turn: number, current: number): boolean {
  return turn <= current + MOST_AHEAD;
}

/** Hands the turns over one by one. A shard may have filed more than a call takes as arguments. */
function highestTurn(keys: readonly string[], lease: Lease): number {
  return keys
    .map(turnOfKey)
    .filter((turn) => isTurnOfShard(turn, lease.turn()))
    .reduce((highest, turn) => Math.max(highest, turn), 0);
}

function isNotMarker(key: string): boolean {
  return !/\/\d{8,}\.json$/.test(key);
}
