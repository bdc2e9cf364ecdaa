import * as z from 'zod/mini';
import { FOLDERS, withinFolder } from '../archive-folders.ts';
import { type ReadingRules, readingRules } from '../providers/reading.ts';
import { type Stamp, turnDigits } from './stamp.ts';

/**
 * Describes one exchange as the archive keeps it. It holds what came back, whole, and what tells
 * the request from others, and nothing secret of the request. Only `body`, `wire` and `headers` may
 * hold a token.
 */
export interface ArchivedExchange {
  version: 1;
  tenant: string;
  shard: string;
  provider: string;
  app: string | null;
  /** Fingerprint of the OAuth client that asked. Absent in entries of version 0.1. */
  client?: string | undefined;
  run_id: string;
  turn: number;
  /**
   * Counts the tenant's exchanges of this turn from 1. It is 0 for a credential that was adopted.
   * Further ones of the same turn count on.
   */
  attempt: number;
  /** OAuth's own name, or `adopted`: no request, but a credential an operator put into the map. */
  grant_type: string;
  /**
   * Fingerprint of the credential sent, or of the request's identity for grants that spend none.
   * Null when adopted.
   */
  spent: string | null;
  method: string | null;
  /** Without its query. */
  url: string | null;
  /** ISO-8601 instants: just before the request was sent, and when its answer was complete. */
  sent_at: string;
  received_at: string;
  status: number | null;
  headers: Record<string, string>;
  body: string;
  body_encoding: 'utf8' | 'base64';
  /** In Base64, all bytes that the connection brought, where the answer is not proper HTTP. */
  wire?: string | undefined;
  /** Where the answer is missing, not whole, or not proper HTTP. */
  failure: { kind: 'not_sent' | 'no_answer' | 'cut' | 'refused'; code: string } | null;
  /** The part of the definition by which the answer is read. Entries of version 0.1 have none. */
  reading?: ReadingRules | undefined;
  /** Of adopted entries: when the vault version it was found in was created. */
  vault_version_created_at: string | null;
  /** Of `moved` entries, the shard in which the tenant is from then on. Null where it is this one. */
  moved_to?: string | null | undefined;
  /** Absent in entries of version 0.1. */
  succession?: Succession | undefined;
}

/** Says which credentials belong together, so that entries can be read in any order. */
export interface Succession {
  /** First credential of the consent. Null for grants that spend no credential. */
  root: string | null;
  stamp: Stamp;
  /** Says when the credential in the entry was issued. Null where the entry is what issued it. */
  born: Stamp | null;
  /** Says when the tenant joined this family. */
  joined: Stamp;
  /** Roots of the tenant's earlier families. */
  had: readonly string[];
  /**
   * Roots of families in which it is not certain what is current: those that the tenant left, or
   * its own.
   */
  in_doubt?: readonly string[] | undefined;
}

const text = z.nullable(z.string());
const instant = z.string().check(z.refine((value) => !Number.isNaN(Date.parse(value))));
const stamp = z.string().check(z.regex(/^(?:\d{8}-.+)?$/));
const exchangeSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    tenant: z.string(),
    shard: z.string(),
    provider: z.string(),
    app: text,
    client: z.optional(z.string()),
    run_id: z.string(),
    turn: z.number(),
    attempt: z.number(),
    grant_type: z.string(),
    spent: text,
    method: text,
    url: text,
    sent_at: instant,
    received_at: instant,
    status: z.nullable(z.number()),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
    body_encoding: z.enum(['utf8', 'base64']),
    wire: z.optional(z.string()),
    failure: z.nullable(
      z.object({ kind: z.enum(['not_sent', 'no_answer', 'cut', 'refused']), code: z.string() }),
    ),
    // One that cannot be read says nothing. The entry's other fields hold all the same.
    reading: z.catch(z.optional(readingRules), undefined),
    vault_version_created_at: text,
    moved_to: z.optional(text),
    succession: z.optional(
      z.object({
        root: text,
        stamp,
        born: z.nullable(stamp),
        joined: stamp,
        had: z.array(z.string()),
        in_doubt: z.optional(z.array(z.string())),
      }),
    ),
  }),
);

/**
 * Returns the folder of a turn, such as `00000042-2026-11-22T02:17:03.120Z`, by its number and its
 * start.
 */
export function turnFolder(turn: number, startedAtMs: number): string {
  return `${turnDigits(turn)}-${new Date(startedAtMs).toISOString()}`;
}

/** Returns the key of one exchange in the archive. */
export function exchangeKey(
  shard: string,
  folder: string,
  tenant: string,
  attempt: number,
): string {
  return `${shardPrefix(shard)}${folder}/${tenant}-${attempt}.json`;
}

/** Returns the beginning of the key of every exchange of a shard. */
export function shardPrefix(shard: string): string {
  return `${FOLDERS.responses}${shard}/`;
}

/** Returns the key of a turn's marker. Two runs on one turn meet in one name. */
export function markerKey(shard: string, turn: number): string {
  return `${shardPrefix(shard)}${turnDigits(turn)}.json`;
}

/**
 * Returns the key after which a listing begins that gets everything of `turn` and of later turns.
 */
export function beforeTurn(shard: string, turn: number): string {
  return `${shardPrefix(shard)}${turnDigits(turn)}`;
}

/** Holds the parts of a key that exchangeKey made. */
export interface ExchangeKey {
  shard: string;
  turn: number;
  /** Says when the run began that put the object there (ISO-8601). */
  startedAt: string;
  tenant: string;
  attempt: number;
}

/** Returns the parts of a key made by exchangeKey, or undefined for any other text. */
export function parseExchangeKey(key: string): ExchangeKey | undefined {
  const name = withinFolder(FOLDERS.responses, key);
  const match = /^([^/]+)\/(\d{8,})-([^/]+)\/(.+)-(\d+)\.json$/.exec(name);
  if (!match) {
    return undefined;
  }
  const [, shard = '', turn = '', startedAt = '', tenant = '', attempt = ''] = match;
  return {
    shard,
    turn: Number(turn),
    startedAt,
    tenant,
    attempt: Number(attempt),
  };
}

/** Returns the start of an exchange's turn, then its number among the tenant's, to be sorted by. */
export function timeOfKey(key: string): string {
  const { startedAt = '', attempt = 0 } = parseExchangeKey(key) ?? {};
  return `${startedAt} ${String(attempt).padStart(8, '0')}`;
}

/** Returns the turn of an exchange's or a marker's key, or 0 for any other text. */
export function turnOfKey(key: string): number {
  const name = withinFolder(FOLDERS.responses, key);
  const [, turn = 0] = /^[^/]+\/(\d{8,})(?:-|\.json$)/.exec(name) ?? [];
  return Number(turn);
}

/** Reads one object of the archive, or undefined where it is no exchange. */
export function parseArchivedExchange(value: unknown): ArchivedExchange | undefined {
  const parsed = exchangeSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
