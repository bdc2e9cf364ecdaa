import * as z from 'zod/mini';
import { FOLDERS, withinFolder } from '../archive-folders.ts';

/**
 * Describes what the permanent index says of one credential, `known/<fingerprint>.json`. It never
 * expires.
 */
export type KnownRecord = RootRecord | MemberRecord;

/** Record of the first credential of a consent. It says which shard may ask with the family. */
export interface RootRecord {
  root: string;
  /** Null where the last owner gave the family back. */
  owner: string | null;
  /** Of the owner's shard. */
  stamp: string;
  /** All roots of the family. */
  roots: readonly string[];
  /** The current credential, and where its value is, when the family was given back. */
  cur: string | null;
  key: string | null;
  /** Says whether it was given back while another credential may be the live one. */
  doubt: boolean;
  /** The answer that nobody could read, when the family was given back. */
  held: { spent: string; key: string; since: string } | null;
}

/** Record of any other credential. */
interface MemberRecord {
  root: string;
  /** The shard that put it into its map, and when it was issued there. */
  shard: string;
  stamp: string;
}

const text = z.nullable(z.string());
const rootSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    root: z.string(),
    owner: text,
    stamp: z.string(),
    roots: z.array(z.string()),
    cur: text,
    key: text,
    doubt: z.boolean(),
    held: z.nullable(
      z.object({
        spent: z.string(),
        key: z.string(),
        since: z.string(),
      }),
    ),
  }),
);
const memberSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    root: z.string(),
    shard: z.string(),
    stamp: z.string(),
  }),
);
const recordSchema = z.lazy(() => z.union([rootSchema, memberSchema]));

/** Returns the key of a credential's record. */
export function knownKey(print: string): string {
  return `${FOLDERS.known}${print}.json`;
}

/** Returns the fingerprint that a record's key names, or undefined for any other text. */
export function printOfKnownKey(key: string): string | undefined {
  const name = withinFolder(FOLDERS.known, key);
  return /^([0-9a-f]+)\.json$/.exec(name)?.[1];
}

/** Reads a record's text. Throws SyntaxError or ZodError where it is none. */
export function parseKnownRecord(text: string): KnownRecord {
  const { version: _, ...record } = recordSchema.parse(JSON.parse(text) as unknown);
  return record;
}

/** Returns the text to store. */
export function formatKnownRecord(record: KnownRecord): string {
  return JSON.stringify({ version: 1, ...record });
}

/** Tells the record of a family's first credential. */
export function isRootRecord(record: KnownRecord): record is RootRecord {
  return 'owner' in record;
}
