import * as z from 'zod/mini';
import type { SecretVersion } from '../ports.ts';

/** What consumers read of one tenant (design section 4). */
export interface PublishedToken {
  access_token: string;
  token_type: string;
  expires_at: string;
  scope?: string;
  headers: Record<string, string>;
  archive_key: string;
}

export type Published = ReadonlyMap<string, PublishedToken>;

const tokenSchema = z.object({
  access_token: z.string(),
  token_type: z.string(),
  expires_at: z.string(),
  scope: z.optional(z.string()),
  headers: z.record(z.string(), z.string()),
  archive_key: z.string(),
});
const publishedSchema = z.object({
  version: z.literal(1),
  tenants: z.record(z.string(), tokenSchema),
});

/**
 * Reads an access-token secret; one without a value, or with a text that is not of this format,
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

/** The text of an access-token secret, the same for the same tokens. */
export function formatPublished(tokens: Published): string {
  const sorted = [...tokens].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ version: 1, tenants: Object.fromEntries(sorted) });
}
