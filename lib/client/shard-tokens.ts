import {
  type Published,
  type PublishedToken,
  parsePublished,
} from '../../lambda/keep/published.ts';
import type { TokenSource } from './token-source.ts';

/** One shard's access tokens as last read. One read serves all its tenants. */
export interface ShardTokens {
  readonly shard: string;
  get(tenant: string): PublishedToken | undefined;
  tenants(): string[];
  /** Reads the secret, or joins the read that is under way. Throws StoreError. */
  read(): Promise<void>;
  /** Reads the secret by a read that begins after this call. Throws StoreError. */
  readAgain(): Promise<void>;
  /**
   * Does one piece of work after the other. A shard is refreshed by one run at a time anyway, and
   * the first one's brings the others' tokens too.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/** Opens a shard of a source; reads nothing yet. */
export function openShardTokens(source: TokenSource, shard: string): ShardTokens {
  let tokens: Published = new Map();
  let newestAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let lastTurn: Promise<unknown> = Promise.resolve();

  async function readOnce(): Promise<void> {
    const version = await source.read(shard);
    const createdAt = version?.createdAt ?? Number.NEGATIVE_INFINITY;
    // Secrets Manager is eventually consistent. An older version may come after a newer one.
    if (createdAt < newestAt) {
      return;
    }
    newestAt = createdAt;
    tokens = parsePublished(version);
  }

  function start(): Promise<void> {
    const started = readOnce().finally(() => {
      if (reading === started) {
        reading = null;
      }
    });
    reading = started;
    return started;
  }

  return {
    shard,
    get: (tenant) => tokens.get(tenant),
    tenants: () => [...tokens.keys()],
    read: () => reading ?? start(),
    readAgain() {
      if (!reading) {
        return start();
      }
      const startNext = () => {
        next = null;
        return start();
      };
      next ??= reading.then(startNext, startNext);
      return next;
    },
    inTurn(work) {
      const turn = lastTurn.then(work, work);
      lastTurn = turn;
      return turn;
    },
  };
}
