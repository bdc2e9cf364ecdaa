import { familyOfTenant, newestToken } from '../history/families.ts';
import type { ShardState, TenantError } from '../history/shard-state.ts';
import type { ClockMarks } from './clock-facts.ts';

/** Describes what a shard's state knows of a tenant, as far as it is looked at ahead. */
export interface TenantMarks extends ClockMarks {
  error: Pick<TenantError, 'code' | 'since' | 'reply' | 'words'> | null;
  /** The exchange that brought its newest token. */
  token_key: string | null;
}

/** Reads a tenant's marks from the state of its shard. */
export function marksOf(
  { tenants, knowledge }: Pick<ShardState, 'tenants' | 'knowledge'>,
  name: string,
): TenantMarks {
  const error = tenants.get(name)?.error ?? null;
  const family = familyOfTenant(knowledge, name);
  const token = newestToken(knowledge, name);
  return {
    error: error && {
      code: error.code,
      since: error.since,
      reply: error.reply,
      words: error.words,
    },
    token_key: token?.key ?? null,
    rotated_at: token?.rotated_at ?? null,
    expires_at: token?.expires_at ?? null,
    consented_at: family?.consented_at ?? token?.consented_at ?? null,
    refresh_expires_at: family?.refresh_end?.at ?? null,
  };
}
