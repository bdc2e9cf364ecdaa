import * as z from 'zod/mini';
import { FOLDERS, withinFolder } from '../archive-folders.ts';
import { isLinkId } from './link-token.ts';

/**
 * One connect link, `links/<id>.json`. The operator's CLI and runs write it, the page only reads
 * it. It holds what the page must show and send, and no secret.
 */
export type ConnectLink = z.infer<typeof linkSchema>;

/** Describes what a run says about the code of one attempt. */
export type CodeResult = ConnectLink['results'][number]['result'];

/** Describes what the consent page is asked, and how its answer is checked. */
export type ConsentQuestion = ConnectLink['consent'];

const instant = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

const consentSchema = z.lazy(() =>
  z.object({
    /** The consent page with every parameter but state and code challenge. */
    url: z.string().check(z.regex(/^https?:\/\//)),
    code_param: z.string(),
    pkce: z.enum(['S256', 'none']),
    /**
     * Says what `iss` of the answer must be (RFC 9207), or which origin it must have. `required`:
     * an answer without one is refused.
     */
    issuer: z.object({
      kind: z.enum(['exact', 'origin']),
      value: z.string(),
      required: z.boolean(),
    }),
    /**
     * Redirect parameter to the entry's field that keeps its value, and the pattern it must match.
     */
    keep: z.record(z.string(), z.object({ field: z.string(), pattern: z.string() })),
    code_lifetime_s: z.number(),
  }),
);

/** Only a run says `connected`, after the tenant's tokens were committed. */
const statusSchema = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('open') }),
    z.object({ kind: z.literal('connected'), at: instant }),
    z.object({ kind: z.literal('revoked'), at: instant }),
    z.object({
      kind: z.literal('ended'),
      at: instant,
      reason: z.enum(['replaced', 'entry_changed', 'tenant_removed']),
    }),
  ]),
);

const resultSchema = z.lazy(() =>
  z.object({
    attempt: z.string(),
    at: instant,
    /**
     * `too_late`: its code was older than codes live, and was not sent. `refused`: the platform
     * took the code for no good one. `failed`: the platform gave no readable answer.
     */
    result: z.enum(['connected', 'too_late', 'refused', 'failed', 'not_sent']),
  }),
);

const linkSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    id: z.string(),
    secret_hash: z.string(),
    tenant: z.string(),
    shard: z.string(),
    provider: z.string(),
    client_id: z.string(),
    /** Host of the tenant's token endpoint. A code is sent to no other. */
    token_host: z.string(),
    redirect_uri: z.string(),
    made_at: instant,
    made_by: z.nullable(z.string()),
    expires_at: instant,
    shown: z.object({
      platform: z.string(),
      account: z.nullable(z.string()),
      permissions: z.array(z.string()),
      note: z.nullable(z.string()),
    }),
    consent: consentSchema,
    status: statusSchema,
    results: z.array(resultSchema),
  }),
);

/** Most starts of one link. A page that fails twenty times needs its maker. */
export const MAX_STARTS = 20;

/** Returns the archive key of a link. */
export function linkKey(id: string): string {
  return `${FOLDERS.links}${id}.json`;
}

/** Returns the id that a link's key names, or undefined for any other text. */
export function idOfLinkKey(key: string): string | undefined {
  const name = withinFolder(FOLDERS.links, key);
  const [, id] = /^(.+)\.json$/.exec(name) ?? [];
  return id !== undefined && isLinkId(id) ? id : undefined;
}

/** Reads a stored link. Throws where it is none. Nobody is led anywhere by a link half read. */
export function parseLink(value: unknown): ConnectLink {
  return linkSchema.parse(value);
}

/** A link as people meet it. An open one whose time is over has expired. */
export type LinkState = 'open' | 'connected' | 'revoked' | 'ended' | 'expired';

/** Returns what a link is at the instant `now`, in milliseconds. */
export function linkState({ status, expires_at }: ConnectLink, now: number): LinkState {
  if (status.kind !== 'open') {
    return status.kind;
  }
  return Date.parse(expires_at) <= now ? 'expired' : 'open';
}

/** Returns what a run said about an attempt's code, or undefined while it said nothing. */
export function resultOf({ results }: ConnectLink, attempt: string): CodeResult | undefined {
  return results.find((one) => one.attempt === attempt)?.result;
}
