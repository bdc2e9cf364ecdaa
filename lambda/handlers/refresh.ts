import type { Context } from 'aws-lambda';
import { handOverWatch } from '../aws/hand-over-watch.ts';
import { grantedShard, openInvocation } from '../aws/invocation.ts';
import { asksToWatch, parseRefreshEvent, parseWatchEvent, type RefreshRequest } from '../event.ts';
import type { Outcome } from '../outcome.ts';
import { refreshOnDemand } from '../run/refresh-on-demand.ts';
import type { RunOptions } from '../run/run-options.ts';
import { toPublicError } from './public-error.ts';

/**
 * The answer to a consumer about its tenant, never a token, which it reads from the access-token
 * secret.
 */
type RefreshResult = Pick<Outcome, 'status' | 'reason' | 'expires_at' | 'error'>;

/** The watch of a dead lease ends within this. */
const BUSY_WAIT_MS = 130_000;
/** Calls that wait longer than this for a shard that another run holds are `busy`. */
const SHARED_WAIT_MS = 10_000;

/**
 * Refreshes one tenant's token for a consumer, who may invoke no other function. Takes
 * `{tenant, shard, refused?}`, refreshes what is due or refused, and answers with that tenant's
 * status alone. A consumer who was granted one shard invokes it by that shard's alias, and can name
 * no other. Throws for a bad event, an unknown tenant, and a shard that could not be read or
 * written.
 *
 * Where nobody gives a shard's lease back, one call has this function invoked once more. That one
 * watches the lease, and refreshes when it is free.
 */
export async function refresh(event: unknown, context: Context): Promise<RefreshResult> {
  try {
    const { ports, options } = openInvocation(context, process.env);
    const { request, terms } = asksToWatch(event)
      ? takeOver(event, context)
      : answer(event, context);
    const waiting = { ...options, ...terms, busyWaitMs: BUSY_WAIT_MS };
    return pickResult(await refreshOnDemand(ports, request, waiting));
  } catch (error) {
    throw toPublicError(error);
  }
}

interface Asked {
  request: RefreshRequest;
  terms: Pick<RunOptions, 'sharedWaitMs' | 'handOverWatch' | 'watch'>;
}

function takeOver(event: unknown, context: Context): Asked {
  const { watch, request } = parseWatchEvent(event, grantedShard(context));
  return { request, terms: { watch } };
}

function answer(event: unknown, context: Context): Asked {
  const request = parseRefreshEvent(event, grantedShard(context));
  const terms = {
    sharedWaitMs: SHARED_WAIT_MS,
    handOverWatch: (watch: string) => handOverWatch(context, { watch, request }),
  };
  return { request, terms };
}

function pickResult({ status, reason, expires_at, error }: Outcome): RefreshResult {
  return {
    status,
    ...(reason !== undefined && { reason }),
    ...(expires_at !== undefined && { expires_at }),
    ...(error && { error }),
  };
}
