import * as z from 'zod/mini';
import { type Clock, type Records, StoreError, type Tagged } from '../ports.ts';
import { BUSY_WAIT_MS } from './lease.ts';

/** Says that a call watches this version of a shard's state. */
interface Mark {
  etag: string;
  /** Milliseconds since the epoch. */
  since: number;
}

const markSchema = z.object({
  version: z.literal(1),
  etag: z.string(),
  since: z.number(),
});

interface WatchPorts {
  records: Pick<Records, 'read' | 'write'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Returns what says of a held lease whether a call may go on waiting for it. Every call may for
 * `sharedMs`, as long as its caller does. From then on one call of the shard watches alone, so that
 * a dead lease does not fill the function: the others stop, and who comes later and finds the same
 * state does not begin. The watching call stops when the state changes, since its holder lives.
 *
 * A mark ends by the wall clock, because its own call may die. Two calls that watch are a waste and
 * no danger. The mark says nothing of the lease.
 */
export function createSoleWatch(
  { records, clock }: WatchPorts,
  shard: string,
  sharedMs: number,
): (held: Tagged, waitedMs: number) => Promise<boolean> {
  // No shard's name begins with an underscore.
  const key = `state/_watch-${shard}.json`;
  let watched: string | null = null;

  async function begin(etag: string, waitedMs: number): Promise<boolean> {
    const stored = await records.read(key);
    if (stored && isWatched(stored, etag, clock.now())) return false;
    if (waitedMs < sharedMs) return true;
    const mark: Mark = { etag, since: clock.now() };
    const text = JSON.stringify({ version: 1, ...mark });
    if ((await records.write(key, text, stored?.etag ?? null)) === 'refused') return false;
    watched = etag;
    return true;
  }

  return async ({ etag }, waitedMs) => {
    if (watched !== null) return watched === etag;
    try {
      return await begin(etag, waitedMs);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return waitedMs < sharedMs;
    }
  };
}

function isWatched({ text }: Tagged, etag: string, now: number): boolean {
  const mark = parseMark(text);
  return mark?.etag === etag && Math.abs(now - mark.since) < BUSY_WAIT_MS;
}

/** A mark that is not understood marks nothing. */
function parseMark(text: string): Mark | undefined {
  try {
    return markSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
