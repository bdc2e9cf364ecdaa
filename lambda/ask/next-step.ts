import { RETRY_BUDGET_MS } from '../deadlines.ts';
import type { FailedExchange, Judgement } from '../exchange/token-response.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { connectionAdvice } from '../report/connection-advice.ts';
import type { Sending } from './sending.ts';

/**
 * Describes what has been tried for one tenant so far. All instants here are of the monotonic clock,
 * so that a wall clock that is set neither ends the retries nor goes on with them.
 */
export interface Tries {
  /** Exchanges that were made. */
  made: number;
  firstFailedAt: number | null;
  /** Says whether the credential was sent again at once after an answer was lost. */
  isResent: boolean;
  /**
   * Nothing is sent at this instant or later. The server may have spent the refresh token in an
   * exchange whose answer was lost, and forgives a second use no longer.
   */
  forgivenUntil: number;
  /** Says whether the tenant may be tried again at all. */
  mayRetry: boolean;
}

/** Describes what to do after an answer. */
export type NextStep =
  | { do: 'end' }
  /** Now, with the same place: servers forgive a second use for seconds. */
  | { do: 'resend' }
  | { do: 'retry'; afterMs: number };

const BACKOFF_MS = { first: 500, most: 20_000 };
const RESEND_UNKNOWN_S = 60;
/** A connection that fails until somebody acts is tried again all the same, but not for long. */
const MOST_TRIES_UNCONNECTED = 3;

/** What an exchange came to. */
interface Answer {
  judgement: Judgement;
  exchange: Pick<ArchivedExchange, 'failure'>;
  /** When it was sent, by the monotonic clock. */
  sentAt: number;
}

/**
 * Decides what to do after one answer. A refresh token whose answer was lost is sent again at once,
 * once, as long as its server forgives it. A code is sent once. Other faults that may pass are
 * tried again with full jitter (`random` is 0 to 1) within the time for retries, and a host that
 * nobody knows three times.
 */
export function nextStep(
  tries: Tries,
  sending: Sending,
  answer: Answer,
  { now, random }: { now: number; random: number },
): NextStep {
  const { judgement, exchange } = answer;
  if (judgement.kind === 'issued' || judgement.retry === 'final') {
    return { do: 'end' };
  }
  const isUnsent = exchange.failure?.kind === 'not_sent';
  if (sending.kind === 'code' && !isUnsent) {
    return { do: 'end' };
  }
  if (judgement.retry === 'resend' && sending.kind === 'refresh_token') {
    return { do: !tries.isResent && now < tries.forgivenUntil ? 'resend' : 'end' };
  }
  const needsSomebody = connectionAdvice(exchange.failure?.code) !== undefined;
  if (isUnsent && needsSomebody && tries.made >= MOST_TRIES_UNCONNECTED) {
    return { do: 'end' };
  }
  return retryLater(tries, judgement, { now, random });
}

/**
 * Returns until when a credential may be sent after an answer. The first answer that was lost
 * decides.
 */
export function forgivenUntil(
  tries: Tries,
  { kind, resendWithinS }: Sending,
  { judgement, sentAt }: Pick<Answer, 'judgement' | 'sentAt'>,
): number {
  const isLost = judgement.kind === 'failed' && judgement.retry === 'resend';
  if (!isLost || kind !== 'refresh_token') {
    return tries.forgivenUntil;
  }
  const withinMs = (resendWithinS ?? RESEND_UNKNOWN_S) * 1000;
  return Math.min(tries.forgivenUntil, sentAt + withinMs);
}

function retryLater(
  tries: Tries,
  { retryAfterMs }: FailedExchange,
  { now, random }: { now: number; random: number },
): NextStep {
  if (!tries.mayRetry) {
    return { do: 'end' };
  }
  // A server that names no time, or none at all, is not asked again and again at once.
  const afterMs = Math.max(retryAfterMs ?? 0, random * backoffBoundMs(tries.made));
  const budgetEndsAt = (tries.firstFailedAt ?? now) + RETRY_BUDGET_MS;
  const giveUpAt = Math.min(budgetEndsAt, tries.forgivenUntil);
  return now + afterMs > giveUpAt ? { do: 'end' } : { do: 'retry', afterMs };
}

/** The bound of a wait doubles with each try. */
function backoffBoundMs(made: number): number {
  return Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** Math.max(0, made - 1));
}
