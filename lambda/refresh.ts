import type { Context } from 'aws-lambda';
import { grantedShard, openInvocation } from './aws/invocation.ts';
import { parseRefreshEvent } from './event.ts';
import { toPublicError } from './fault.ts';
import type { Outcome } from './outcome.ts';
import { refreshOnDemand } from './run/refresh-on-demand.ts';

/**
 * The answer to a consumer about its tenant, never a token, which it reads from the access-token
 * secret.
 */
type RefreshResult = Pick<Outcome, 'status' | 'reason' | 'expires_at' | 'error'>;

/** The watch of a dead lease ends within this. */
const BUSY_WAIT_MS = 130_000;
/** Calls that wait longer than this for a shard that another run holds are `busy`, all but one. */
const SHARED_WAIT_MS = 10_000;

/**
 * The only function that consumers may invoke. Takes `{tenant, shard, refused?}`, refreshes what is
 * due or refused, and answers with that tenant's status alone. Who was granted one shard invokes it
 * by that shard's alias, and can name no other. Throws for a bad event, an unknown tenant, and a
 * shard that could not be read or written.
 */
export async function refresh(event: unknown, context: Context): Promise<RefreshResult> {
  try {
    const { ports, options } = openInvocation(context, process.env);
    const request = parseRefreshEvent(event, grantedShard(context));
    const terms = {
      ...options,
      busyWaitMs: BUSY_WAIT_MS,
      sharedWaitMs: SHARED_WAIT_MS,
    };
    const outcome = await refreshOnDemand(ports, request, terms);
    return pickResult(outcome);
  } catch (error) {
    throw toPublicError(error);
  }
}

function pickResult({ status, reason, expires_at, error }: Outcome): RefreshResult {
  return {
    status,
    ...(reason !== undefined && { reason }),
    ...(expires_at !== undefined && { expires_at }),
    ...(error && { error }),
  };
}
