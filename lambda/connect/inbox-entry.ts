import * as z from 'zod/mini';
import { FOLDERS, withinFolder } from '../archive-folders.ts';

/**
 * A code that a client's consent brought, `inbox/<shard>/<link>-<attempt>.json`. Created once,
 * never changed. Holds secrets (the code and its verifier).
 */
export type InboxEntry = z.infer<typeof entrySchema>;

const entrySchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    link: z.string(),
    attempt: z.string(),
    received_at: z.string(),
    code: z.string(),
    code_verifier: z.nullable(z.string()),
    /** `iss` of the redirect, where there was one. */
    issuer: z.nullable(z.string()),
    /** The entry's fields that the redirect brought, by the definition's `keep`. */
    keep: z.record(z.string(), z.string()),
  }),
);

/** Returns the prefix under which the codes of a shard wait. */
export function inboxPrefix(shard: string): string {
  return `${FOLDERS.inbox}${shard}/`;
}

/** Returns the archive key of one attempt's code. */
export function inboxKey(shard: string, link: string, attempt: string): string {
  return `${inboxPrefix(shard)}${link}-${attempt}.json`;
}

/** Describes where a code was filed. */
export interface InboxPlace {
  shard: string;
  link: string;
  attempt: string;
}

/** Returns what an inbox key names, or null for another key. */
export function parseInboxKey(key: string): InboxPlace | null {
  const name = withinFolder(FOLDERS.inbox, key);
  const match = /^([^/]+)\/([a-z2-7]{26})-([a-z2-7]{16})\.json$/.exec(name);
  const [, shard, link, attempt] = match ?? [];
  return shard && link && attempt ? { shard, link, attempt } : null;
}

/** Reads a stored inbox entry. Throws where it is none. */
export function parseInboxEntry(value: unknown): InboxEntry {
  return entrySchema.parse(value);
}
