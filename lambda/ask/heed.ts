import { isConsentPending } from '../exchange/known-error.ts';
import type { FailedExchange, IssuedToken } from '../exchange/token-response.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { isSent, unreadConsentOf } from '../history/families.ts';
import type { OwnExchange } from '../keep/ledger.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import { describeFailure } from '../report/failure.ts';
import { type FailureFacts, factsOf } from '../report/failure-facts.ts';
import type { Asking, Turn } from './asking.ts';
import type { Answered } from './exchange-once.ts';
import { type NextStep, nextStep } from './next-step.ts';
import { credentialsOf } from './sending.ts';

/** An answer that issued a token. */
export interface Issued {
  kind: 'issued';
  own: OwnExchange;
  judgement: IssuedToken;
}

/** An answer that issued none, and what to do after it. */
export interface Failed {
  kind: 'failed';
  exchange: ArchivedExchange;
  judgement: FailedExchange;
  failure: Failure;
  step: NextStep;
}

/** Says what an answer means. `other_secret`: the client has another one to be tried. */
export type Heeded =
  | Issued
  | Failed
  | { kind: 'other_secret' }
  | { kind: 'pending'; reason: string };

/** An answer, and whether the client has another secret to be tried after it. */
export type TurnAnswer = Answered & { movedSecret: boolean };

/**
 * Says what an answer means, and notes what it means for the client's other tenants. This happens
 * before its place is given back. Else the next of them would not know of it.
 */
export function heed(asking: Asking, turn: Turn, answer: TurnAnswer): Heeded {
  const { run, pacer } = asking;
  const { tenant, sending, tries } = turn;
  const { own, exchange, judgement } = answer;
  if (judgement.kind === 'issued') {
    pacer.noteTenant(tenant.client, true);
    pacer.noteReading(tenant.client, true);
    return { kind: 'issued', own, judgement };
  }
  if (answer.movedSecret) {
    return { kind: 'other_secret' };
  }
  if (isConsentPending(judgement.oauth_error)) {
    return { kind: 'pending', reason: pendingReason(judgement) };
  }
  const failure = failureOf(asking, tenant, exchange, judgement);
  const now = run.ports.clock.monotonic();
  tries.firstFailedAt ??= now;
  const step = nextStep(tries, sending, answer, { now, random: Math.random() });
  if (isThrottled(judgement)) {
    pauseClient(asking, tenant, step, judgement);
  }
  if (step.do !== 'retry') {
    pacer.noteTenant(tenant.client, isReached(judgement));
  }
  return {
    kind: 'failed',
    exchange,
    judgement,
    failure,
    step,
  };
}

/** Says that a device code waits for its consent, by the server's own code (RFC 8628). */
function pendingReason({ oauth_error }: FailedExchange): string {
  return `the consent has not been given yet (${oauth_error})`;
}

/** Describes a failure, and stops or slows the client where it is not the tenant's own. */
function failureOf(
  { run, pacer }: Asking,
  tenant: Tenant,
  exchange: ArchivedExchange,
  judgement: FailedExchange,
): Failure {
  pacer.noteReading(tenant.client, judgement.code !== 'unread_response');
  const credentials = credentialsOf(tenant);
  const isRejected = judgement.code === 'app_rejected';
  // Of those that were under way together, the first speaks for the app.
  const isBlocked = isRejected && pacer.isBlocked(credentials);
  const code = isBlocked ? 'app_blocked' : codeOf(run, tenant, judgement);
  if (isRejected) {
    pacer.block(credentials);
  }
  return describeFailure(code, {
    ...factsOf(tenant),
    shard: run.shard,
    ...factsOfAnswer(run, exchange, judgement),
  });
}

/** A newer consent may have ended the credential. What it brought waits to be read. */
function codeOf({ ledger }: ShardRun, { name }: Tenant, { code }: FailedExchange): ErrorCode {
  const isOver = code === 'needs_authorization' && unreadConsentOf(ledger.knowledge, name) !== null;
  return isOver ? 'unread_response' : code;
}

function pauseClient(
  { run, pacer }: Asking,
  { client }: Tenant,
  step: NextStep,
  { retryAfterMs }: FailedExchange,
): void {
  const afterMs = step.do === 'retry' ? step.afterMs : (retryAfterMs ?? 0);
  pacer.pause(client, run.ports.clock.monotonic() + afterMs);
}

/** Tells whether the provider asked its client to wait. */
export function isThrottled({ retry, retryAfterMs }: FailedExchange): boolean {
  return retry === 'throttled' || retryAfterMs !== undefined;
}

function factsOfAnswer(
  run: ShardRun,
  { status, failure, grant_type, spent }: ArchivedExchange,
  { oauth_error, shown, cause }: FailedExchange,
): Partial<FailureFacts> {
  const isCode = isCodeGrant(grant_type) && spent !== null;
  const code_spent = isCode && isSent(run.ledger.knowledge, spent);
  return {
    status,
    code_spent,
    ...(oauth_error && { oauth_error }),
    ...(shown && { shown }),
    ...(cause && { cause }),
    ...(failure && { network: failure.code }),
  };
}

/**
 * Returns whether the provider said anything about the tenant. Silence, trouble and throttling are
 * about the provider.
 */
function isReached({ code }: FailedExchange): boolean {
  return code !== 'provider_unavailable' && code !== 'unknown_outcome' && code !== 'throttled';
}
