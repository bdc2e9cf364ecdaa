import type { ArchivedExchange } from './history/archived-exchange.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';
import type { Log } from './log.ts';

/** Time as an input, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch. The wall clock: it must count a machine's sleep. */
  now(): number;
  /**
   * Milliseconds from an arbitrary start, which nobody can set back. It may not move while the
   * machine sleeps.
   */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One version of a secret, as it was read. */
export interface SecretVersion {
  versionId: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Undefined when the secret holds `SecretBinary`. */
  text: string | undefined;
}

/** One text per shard, replaced by compare-and-swap: the vault, and the access-token secrets. */
export interface Secrets {
  /** Most bytes of UTF-8 that one text may have (65,536 in AWS Secrets Manager). */
  readonly maxBytes: number;
  /** Returns what messages call the secret of a shard, such as `token-rotator/tenants/eu`. */
  label(shard: string): string;
  /** The shards that exist, sorted. */
  shards(): Promise<string[]>;
  /**
   * The current version, or null for a secret that has no value yet. Throws StoreError `not_found`
   * where there is no such secret.
   */
  read(shard: string): Promise<SecretVersion | null>;
  /**
   * The version that `swap` wrote last, current or not, or null where there is none. Throws
   * StoreError.
   */
  lastSwapped(shard: string): Promise<SecretVersion | null>;
  /**
   * The newest or the oldest version that is still kept, current or not, and whose text is wanted,
   * or null where none is. Throws as `read` does. Only the command line and a drill look for one.
   */
  findKept(
    shard: string,
    age: 'newest' | 'oldest',
    isWanted: (text: string | undefined) => boolean,
  ): Promise<SecretVersion | null>;
  /**
   * Makes `text` current if the version `read` (null: no value) still is.
   * `requestToken` (32-64 characters) makes a repeated call the same call. Throws StoreError, after
   * which the swap may have happened or not.
   */
  swap(
    shard: string,
    read: string | null,
    text: string,
    requestToken: string,
  ): Promise<'swapped' | 'refused'>;
}

/** Write-once objects. */
export interface Archive {
  /** Durable when it resolves. Throws StoreError, after which the object may be there or not. */
  put(key: string, value: ArchivedExchange | object): Promise<void>;
  /**
   * Puts an object unless one has the key. Durable when it resolves. Throws StoreError, after which
   * the object may be there or not.
   */
  create(key: string, value: object): Promise<'created' | 'exists'>;
  /** The parsed object, or null where there is none. */
  get(key: string): Promise<unknown>;
  /** Every key that starts with `prefix` and sorts after `startAfter`, sorted. */
  list(prefix: string, startAfter?: string): Promise<string[]>;
  /** Deletes objects. Only `tokens remove --purge` does, and the functions have no right to. */
  remove?(keys: readonly string[]): Promise<void>;
}

/** A stored text, with the tag that names this version of it. */
export interface Tagged {
  text: string;
  etag: string;
}

/** Small texts under keys, only ever written on condition: `known/`, `links/`, `visits/`. */
export interface Records {
  /** Returns null where there is none. Throws StoreError. */
  read(key: string): Promise<Tagged | null>;
  /**
   * Writes if the stored etag still is `etag` (null: nothing stored). Throws StoreError, after
   * which it may have happened or not.
   */
  write(key: string, text: string, etag: string | null): Promise<{ etag: string } | 'refused'>;
  /** Every key that starts with `prefix`, sorted. Throws StoreError. */
  list(prefix: string): Promise<string[]>;
  /** Lists alike, or returns null where there are more than FEW_KEYS. Throws StoreError. */
  listFew(prefix: string): Promise<string[] | null>;
}

/** As many as one answer of S3 lists. */
export const FEW_KEYS = 1_000;

/** One small text per shard, only ever written on condition: the lease and what is known. */
export interface ShardStates {
  /** The shards that have a state, sorted. Throws StoreError. */
  shards(): Promise<string[]>;
  read(shard: string): Promise<Tagged | null>;
  /**
   * Writes if the stored etag still is `etag` (null: nothing stored). Throws StoreError, after
   * which it may have happened or not.
   */
  write(shard: string, text: string, etag: string | null): Promise<{ etag: string } | 'refused'>;
  /** Names this process as holder of leases. */
  holder(runId: string): string;
  /**
   * True when the holder is known to be dead (a process of this host that is gone), so that its
   * lease is free at once.
   */
  isGone(holder: string): Promise<boolean>;
}

/** One request to a token endpoint. Holds secrets: never logged, never archived. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

/** Describes what came of a request: whatever arrived, or why nothing did. */
export interface HttpAnswer {
  /** Null when no status line arrived. */
  status: number | null;
  headers: Record<string, string>;
  /** The body as it arrived, before any decoding. */
  body: Uint8Array;
  /** All bytes that the connection brought, where the answer is not proper HTTP. */
  wire?: Uint8Array;
  /**
   * Set when the answer is not whole, or not proper HTTP.
   *
   * - `not_sent`: it failed before the first byte of the request left (name, connect, TLS).
   * - `no_answer`: something may have been sent, and nothing came.
   * - `cut`: the answer ended early, or passed the limit of bytes or of time.
   * - `refused`: the answer came to its end, but `wire` holds it and `body` does not, or not all.
   */
  failure?: { kind: 'not_sent' | 'no_answer' | 'cut' | 'refused'; code: string };
}

export interface Http {
  /** Sends once, follows no redirect, and never throws. */
  send(request: HttpRequest, timeoutMs: number): Promise<HttpAnswer>;
}

/** The event bus on which a deployment tells what became of its tenants. A home has none. */
export interface LifecycleEvents {
  /**
   * Sends events, and returns the ids of those that the bus took, with what went wrong in our own
   * words. Asks `mayGoOn` before each call. Never throws.
   */
  send(
    events: readonly LifecycleEvent[],
    mayGoOn: () => boolean,
  ): Promise<{ taken: ReadonlySet<string>; failure?: string }>;
}

/** Says why a store refused, in our own words; never holds a stored value. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly reason:
    | 'not_found'
    | 'denied'
    | 'throttled'
    | 'too_large'
    | 'limit'
    | 'unavailable'
    | 'invalid'
    /** What is stored cannot be read as what it should be. It was read, and is no good. */
    | 'damaged';
  constructor(reason: StoreError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Tells whether a store's fault may be over when the same call is made again. */
export function mayPass(error: unknown): error is StoreError {
  const reason = error instanceof StoreError ? error.reason : null;
  return reason === 'unavailable' || reason === 'throttled';
}

/** Says that a record is there and cannot be read. */
export class DamagedRecordError extends StoreError {
  readonly key: string;
  constructor(key: string) {
    super('damaged', `${key} is damaged: put a good version back`);
    this.key = key;
  }
}

/** Everything a run touches outside itself. */
export interface RunPorts {
  vault: Secrets;
  accessTokens: Secrets;
  archive: Archive;
  records: Records;
  states: ShardStates;
  http: Http;
  clock: Clock;
  log: Log;
  events?: LifecycleEvents;
}
