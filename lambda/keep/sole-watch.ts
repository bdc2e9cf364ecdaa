import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { FOLDERS } from '../archive-folders.ts';
import { type Clock, type Records, StoreError, type Tagged } from '../ports.ts';
import { BUSY_WAIT_MS, type LongestPauseMs } from './take-lease.ts';

/** Says that a call watches this version of a shard's state. */
interface Mark {
  etag: string;
  /** Milliseconds since the epoch. */
  since: number;
  /** Names the watch until the call that it was handed to takes it over. */
  watch?: string | undefined;
}

const markSchema = z.object({
  version: z.literal(1),
  etag: z.string(),
  since: z.number(),
  watch: z.optional(z.string()),
});

interface WatchPorts {
  records: Pick<Records, 'read' | 'write'>;
  clock: Pick<Clock, 'now'>;
}

export interface WatchTerms {
  /** So long each call may wait, because its caller does. */
  sharedMs: number;
  /**
   * Has another call take the watch over, by its name. Returns false where it cannot. Absent: the
   * call watches itself.
   */
  handOver?: ((watch: string) => Promise<boolean>) | undefined;
}

/**
 * Returns how long a call may wait for a held lease. Every call may for `sharedMs`. From then on
 * one call of the shard watches alone, so that a dead lease does not fill the function. The others
 * stop, and who comes later and finds the same state does not begin. The watch is handed over, so
 * that nobody's caller waits for it.
 *
 * A mark ends by the wall clock, because its own call may die. Two calls that watch are a waste and
 * no danger. The mark says nothing of the lease.
 */
export function createSoleWatch(
  ports: WatchPorts,
  shard: string,
  { sharedMs, handOver }: WatchTerms,
): LongestPauseMs {
  const { records, clock } = ports;
  let watching: LongestPauseMs | null = null;

  async function begin(held: Tagged, waitedMs: number): Promise<number> {
    const stored = await records.read(keyOf(shard));
    if (stored && isWatched(stored, held.etag, clock.now())) {
      return 0;
    }
    if (waitedMs < sharedMs) {
      return sharedMs - waitedMs;
    }
    const watch = randomUUID();
    const mark = { etag: held.etag, since: clock.now(), watch };
    if (!(await writeMark(ports, shard, mark, stored))) {
      return 0;
    }
    if (await handOver?.(watch)) {
      return 0;
    }
    watching = watchOnly(held.etag);
    return Number.POSITIVE_INFINITY;
  }

  return async (held, waitedMs) => {
    if (watching) {
      return watching(held, waitedMs);
    }
    try {
      return await begin(held, waitedMs);
    } catch (error) {
      if (!(error instanceof StoreError)) {
        throw error;
      }
      return Math.max(0, sharedMs - waitedMs);
    }
  };
}

/**
 * Takes over the watch of that name, and returns how long it may wait. Returns null where nobody
 * handed it over, or it was taken over before, since an event may come twice. Throws StoreError.
 */
export async function takeOverWatch(
  ports: WatchPorts,
  shard: string,
  watch: string,
): Promise<LongestPauseMs | null> {
  const stored = await ports.records.read(keyOf(shard));
  const mark = stored && parseMark(stored.text);
  if (mark?.watch !== watch) {
    return null;
  }
  const taken = { etag: mark.etag, since: ports.clock.now() };
  return (await writeMark(ports, shard, taken, stored)) ? watchOnly(mark.etag) : null;
}

/** A watch ends when the state changes, since its holder lives. */
function watchOnly(etag: string): LongestPauseMs {
  return async (held) => (held.etag === etag ? Number.POSITIVE_INFINITY : 0);
}

/** No shard's name begins with an underscore. */
function keyOf(shard: string): string {
  return `${FOLDERS.state}_watch-${shard}.json`;
}

async function writeMark(
  { records }: WatchPorts,
  shard: string,
  mark: Mark,
  stored: Tagged | null,
): Promise<boolean> {
  const text = JSON.stringify({ version: 1, ...mark });
  return (await records.write(keyOf(shard), text, stored?.etag ?? null)) !== 'refused';
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
