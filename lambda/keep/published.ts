import * as z from 'zod/mini';
import type { ReplyValue } from '../exchange/reply-values.ts';
import type { SecretVersion } from '../ports.ts';

/**
 * Describes what consumers read of one tenant. No field holds a refresh token or a client secret,
 * so that reading it ends no token.
 */
export interface PublishedToken {
  access_token: string;
  token_type: string;
  /** Null for a token that has no end. */
  expires_at: string | null;
  scope?: string;
  /**
   * Facts from the reply or the redirect that callers need, such as `instance_url`, and no secret.
   */
  values?: Record<string, ReplyValue>;
  headers: Record<string, string>;
  archive_key: string;
}

export type Published = ReadonlyMap<string, PublishedToken>;

/** A version of the access-token secret, and the tokens in it. */
export interface PublishedRead {
  version: SecretVersion | null;
  tokens: Published;
}

const replyValue = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
);
const tokenSchema = z.lazy(() =>
  z.object({
    access_token: z.string(),
    token_type: z.string(),
    expires_at: z.nullable(z.string()),
    scope: z.optional(z.string()),
    values: z.optional(z.record(z.string(), replyValue)),
    headers: z.record(z.string(), z.string()),
    archive_key: z.string(),
  }),
);
const publishedSchema = z.lazy(() =>
  z.object({
    version: z.literal(1),
    tenants: z.record(z.string(), tokenSchema),
  }),
);

/**
 * Reads an access-token secret. One without a value, or with a text that is not of this format,
 * publishes nothing.
 */
export function parsePublished(version: SecretVersion | null): Published {
  try {
    const parsed = publishedSchema.parse(JSON.parse(version?.text ?? ''));
    return new Map(Object.entries(parsed.tenants) as [string, PublishedToken][]);
  } catch {
    return new Map();
  }
}

/** Returns when a token ends, in milliseconds since the epoch, Infinity for one without an end. */
export function endOf({ expires_at }: Pick<PublishedToken, 'expires_at'>): number {
  return expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(expires_at);
}

/** Returns the text of an access-token secret, the same for the same tokens. */
export function formatPublished(tokens: Published): string {
  const sorted = [...tokens].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ version: 1, tenants: Object.fromEntries(sorted) });
}
