import { LEASE_NEEDED_MS, RETRY_BUDGET_MS } from '../deadlines.ts';
import { latestStart, type ShardRun } from '../keep/shard-run.ts';
import type { Asking, Turn } from './asking.ts';
import { credentialsOf } from './sending.ts';

/** Says why an exchange was not started. */
export type NotStarted =
  | { kind: 'app_blocked' | 'shard_full' | 'taken' }
  | { kind: 'held'; reason: string };

/** Says why no more credentials of a client or definition are sent. */
export const UNREADABLE = 'nobody can read what its provider answers';
const SILENT = 'its provider answers nobody in this run';
const PAUSED = 'the provider asked to wait';
export const NO_TIME = 'no time was left to keep what it would bring';
export const NO_ARCHIVE = 'the archive takes nothing';
const NOT_FORGIVEN = 'its provider may have spent its credential, and forgives it no longer';

/**
 * Waits for the client's pauses and for the archive. Another tenant's 429 pauses this client too,
 * also while this one waits. Returns null when nothing is in the way.
 */
export async function waitUntilFree(asking: Asking, turn: Turn): Promise<NotStarted | null> {
  const { run, pacer } = asking;
  const { tenant, tries } = turn;
  const isPaused = await waitForPauses(asking, turn);
  if (isPaused) {
    return isPaused;
  }
  if (pacer.isBlocked(credentialsOf(tenant))) {
    return { kind: 'app_blocked' };
  }
  const isFirst = tries.firstFailedAt === null;
  if (isFirst && pacer.isSilent(tenant.client)) {
    return held(SILENT);
  }
  if (isFirst && pacer.isUnreadable(tenant.client)) {
    return held(UNREADABLE);
  }
  // The waits may have taken longer than the server forgives a second use.
  if (run.ports.clock.monotonic() >= tries.forgivenUntil) {
    return held(NOT_FORGIVEN);
  }
  return mayStart(run) ? null : held(NO_TIME);
}

async function waitForPauses(
  { run, pacer, latestAt }: Asking,
  { tenant, tries }: Turn,
): Promise<NotStarted | null> {
  const { clock } = run.ports;
  const firstBy = tries.made === 0 ? latestAt : Number.POSITIVE_INFINITY;
  for (;;) {
    if (!run.gate.isOpen() && !(await run.gate.opened())) {
      return held(NO_ARCHIVE);
    }
    const now = clock.monotonic();
    const until = pacer.pausedUntil(tenant.client);
    if (until <= now) {
      return null;
    }
    const patience = (tries.firstFailedAt ?? now) + RETRY_BUDGET_MS;
    if (until > Math.min(patience, latestStart(run), firstBy)) {
      return held(PAUSED);
    }
    await clock.sleep(until - now, run.gate.signal());
  }
}

/**
 * Returns whether an exchange may still be started. It must be archived and committed before the
 * lease and the function's time end.
 */
export function mayStart(run: ShardRun): boolean {
  return (
    run.gate.isOpen() &&
    run.lease.leftMs() >= LEASE_NEEDED_MS &&
    run.ports.clock.monotonic() <= latestStart(run)
  );
}

export function held(reason: string): NotStarted {
  return { kind: 'held', reason };
}
