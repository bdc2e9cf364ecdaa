import * as z from 'zod/mini';

/**
 * A code that a client's consent brought, `inbox/<shard>/<link>-<attempt>.json`. Created once,
 * never changed. Holds secrets: the code and its verifier.
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
  return `inbox/${shard}/`;
}

/** Returns the archive key of one attempt's code. */
export function inboxKey(shard: string, link: string, attempt: string): string {
  return `${inboxPrefix(shard)}${link}-${attempt}.json`;
}

/** Returns the link and the attempt that an inbox key names, or null for another key. */
export function parseInboxKey(key: string): { link: string; attempt: string } | null {
  const match = /^inbox\/[^/]+\/([a-z2-7]{26})-([a-z2-7]{16})\.json$/.exec(key);
  return match?.[1] && match[2] ? { link: match[1], attempt: match[2] } : null;
}

/** Reads a stored inbox entry. Throws where it is none. */
export function parseInboxEntry(value: unknown): InboxEntry {
  return entrySchema.parse(value);
}
