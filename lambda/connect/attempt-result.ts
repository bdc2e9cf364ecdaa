import type { Attempt } from './attempt.ts';
import { type ConnectLink, linkState, resultOf } from './connect-link.ts';
import type { ConnectPorts } from './connect-ports.ts';
import { changeVisits } from './connect-store.ts';
import type { Trouble } from './page-views.ts';
import { openAttempt } from './start-attempt.ts';
import { askRedeem } from './take-redirect.ts';
import { changeStart, findStart, type Start } from './visits.ts';

/** Describes what has come of an attempt so far. */
export type AttemptResult =
  | { kind: 'connected'; link: ConnectLink }
  | { kind: 'waiting'; link: ConnectLink }
  | { kind: 'trouble'; link: ConnectLink; trouble: Exclude<Trouble, 'connected'> }
  | { kind: 'foreign' };

/** The redeem function is asked again at most each 20 s. */
const ASK_AGAIN_MS = 20_000;
/** A run may still be at it for so long after the code's own life is over. */
const PATIENCE_MS = 60_000;

/**
 * Returns what has come of an attempt, for the browser that holds its secret. Asks for its code to
 * be redeemed once more where nothing was heard for a while. Throws StoreError.
 */
export async function attemptResult(ports: ConnectPorts, attempt: Attempt): Promise<AttemptResult> {
  const opened = await openAttempt(ports, attempt);
  if (!opened?.start.answer) {
    return { kind: 'foreign' };
  }
  const result = judge(opened.link, opened.start, ports.clock.now());
  if (result.kind === 'waiting') {
    await askAgain(ports, attempt);
  }
  return result;
}

function judge(link: ConnectLink, start: Start, now: number): AttemptResult {
  const trouble = (what: Exclude<Trouble, 'connected'>): AttemptResult => {
    return { kind: 'trouble', link, trouble: what };
  };
  const { answer } = start;
  if (!answer) {
    return { kind: 'foreign' };
  }
  if (answer.kind !== 'code') {
    return trouble(answer.kind);
  }
  const result = resultOf(link, start.attempt);
  const state = linkState(link, now);
  // Another tab of the same link may have been faster.
  if (result === 'connected' || state === 'connected') {
    return { kind: 'connected', link };
  }
  if (result !== undefined) {
    return trouble(result);
  }
  if (state === 'revoked' || state === 'ended') {
    return trouble('not_sent');
  }
  const waitedMs = now - Date.parse(answer.at);
  const isOver = waitedMs > link.consent.code_lifetime_s * 1000 + PATIENCE_MS;
  return isOver ? trouble('too_slow') : { kind: 'waiting', link };
}

/** Of many pages that ask at once, one asks on. */
async function askAgain(ports: ConnectPorts, { link, attempt }: Attempt): Promise<void> {
  const now = ports.clock.now();
  const redeem_asked_at = new Date(now).toISOString();
  const isMine = await changeVisits(ports.records, link, (visits) => {
    const start = findStart(visits, attempt);
    if (!start || !isDue(start, now)) {
      return null;
    }
    return changeStart(visits, attempt, { redeem_asked_at });
  });
  if (isMine) {
    await askRedeem(ports, link);
  }
}

function isDue({ redeem_asked_at, started_at }: Start, now: number): boolean {
  const askedAt = Date.parse(redeem_asked_at ?? started_at);
  return now - askedAt >= ASK_AGAIN_MS;
}
