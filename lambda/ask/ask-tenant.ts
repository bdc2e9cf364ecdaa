import { LEASE_NEEDED_MS, RETRY_BUDGET_MS } from '../deadlines.ts';
import { isConsentPending } from '../exchange/known-error.ts';
import type { FailedExchange, Judgement } from '../exchange/token-response.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { isFromCode, isSent } from '../history/families.ts';
import type { Offering } from '../keep/keep-offering.ts';
import type { OwnExchange } from '../keep/ledger.ts';
import { markCode, unmarkCode } from '../keep/mark-code.ts';
import { latestStart, type ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { Failure } from '../outcome.ts';
import { StoreError } from '../ports.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import type { GrantName } from '../providers/provider.ts';
import { describeFailure, type FailureFacts, factsOf } from '../report/failure.ts';
import { type Answered, exchangeOnce } from './exchange-once.ts';
import { nextStep, type Tries } from './next-step.ts';
import type { Pacer } from './pacer.ts';
import { withReservedBytes } from './reserve-bytes.ts';
import { credentialsOf, type Sending, whatFollows, whatToSend, withSecret } from './sending.ts';

/** Describes what became of asking a provider, once or several times. */
export type Answer = { grant: GrantName; attempts: number } & (
  | { kind: 'issued'; own: OwnExchange; expiresAt: string | null }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'deferred'; reason: string }
);

/** Describes what asking works with. */
export interface Asking {
  run: ShardRun;
  pacer: Pacer;
  offering: Offering;
  /** Says whether faults that may pass are tried again. */
  mayRetry: boolean;
}

/** Says why an exchange was not started. */
type Hindrance =
  | { kind: 'app_blocked' | 'shard_full' | 'taken' }
  | { kind: 'held'; reason: string };

/** Why no more credentials of a client or definition are sent. */
export const UNREADABLE = 'nobody can read what its provider answers';
const NO_TIME = 'no time was left to keep what it would bring';
const NO_ARCHIVE = 'the archive takes nothing';

/**
 * Asks the provider for new tokens for a tenant and for those that share its credential (`names`,
 * its own included). Every answer is archived before it is judged. Waits for its client's place and
 * pauses. Never throws for a store's or provider's fault.
 */
export async function askProvider(
  asking: Asking,
  tenant: Tenant,
  names: readonly string[],
): Promise<Answer> {
  const { run, pacer } = asking;
  const sending = whatToSend(tenant, isFromCode(run.ledger.knowledge, tenant.name));
  const tries: Tries = {
    made: 0,
    firstFailedAt: null,
    isResent: false,
    mayRetry: asking.mayRetry,
  };
  let failure: Failure | null = null;
  for (;;) {
    const result = await exchangeInTurn(asking, {
      tenant,
      names,
      sending,
      tries,
    });
    const about = { grant: sending.grant, attempts: tries.made };
    if (result.kind !== 'answered') {
      if (failure) {
        return {
          ...about,
          kind: 'failed',
          failure,
        };
      }
      return { ...about, ...hinderedAnswer(result, tenant, run.shard) };
    }
    const { judgement, own } = result;
    if (judgement.kind === 'issued') {
      pacer.noteTenant(tenant.client, true);
      pacer.noteReading(tenant.client, true);
      const first = { own, expiresAt: judgement.expires_at };
      const second = await followUp(
        asking,
        {
          tenant,
          names,
          sending,
          tries,
        },
        judgement,
      );
      return {
        ...about,
        attempts: tries.made,
        kind: 'issued',
        ...(second ?? first),
      };
    }
    if (result.movedSecret) continue;
    if (isConsentPending(judgement.oauth_error)) {
      return {
        ...about,
        kind: 'deferred',
        reason: pendingReason(judgement),
      };
    }
    failure = failureOf(asking, tenant, result);
    if (
      !(await mayGoOn(
        asking,
        {
          tenant,
          names,
          sending,
          tries,
        },
        result,
        judgement,
      ))
    ) {
      return {
        ...about,
        kind: 'failed',
        failure,
      };
    }
  }
}

/** Says that a device code waits for its consent, by the server's own code (RFC 8628). */
function pendingReason({ oauth_error }: FailedExchange): string {
  return `the consent has not been given yet (${oauth_error})`;
}

/** Waits as long as the failed exchange calls for. Returns whether to try again. */
async function mayGoOn(
  asking: Asking,
  { tenant, sending, tries }: Turn,
  answered: Answered,
  judgement: FailedExchange,
): Promise<boolean> {
  const { run, pacer } = asking;
  const { clock } = run.ports;
  tries.firstFailedAt ??= clock.now();
  const step = nextStep(tries, sending, answered, { now: clock.now(), random: Math.random() });
  if (isThrottled(judgement)) pauseClient(asking, tenant, step, judgement);
  if (step.do !== 'retry') {
    pacer.noteTenant(tenant.client, isReached(judgement));
    return false;
  }
  if (!isThrottled(judgement)) await clock.sleep(step.afterMs, run.gate.signal());
  return true;
}

/**
 * Makes the exchange that follows at once on what the first one brought, which is archived and
 * current by now. A fault that may pass is tried again. Returns null where none follows, or where
 * it brought nothing. The first answer stays, and the next run makes the second exchange.
 */
async function followUp(
  asking: Asking,
  turn: Turn,
  { refresh_token }: Judgement,
): Promise<{ own: OwnExchange; expiresAt: string | null } | null> {
  const { tenant, sending, tries } = turn;
  const follows = refresh_token && whatFollows(tenant, sending.grant, refresh_token);
  if (!follows) return null;
  Object.assign(tries, { firstFailedAt: null, isResent: false });
  const second = { ...turn, sending: follows };
  for (;;) {
    const result = await exchangeInTurn(asking, second);
    if (result.kind !== 'answered') return null;
    const { judgement, own } = result;
    if (judgement.kind === 'issued') return { own, expiresAt: judgement.expires_at };
    if (!result.movedSecret && !(await mayGoOn(asking, second, result, judgement))) return null;
  }
}

interface Turn {
  tenant: Tenant;
  names: readonly string[];
  sending: Sending;
  tries: Tries;
}

type TurnResult = (Answered & { movedSecret: boolean }) | Hindrance;

/**
 * Makes one exchange with a place of the client, and a second one at once where the first one's
 * answer was lost.
 */
async function exchangeInTurn(asking: Asking, turn: Turn): Promise<TurnResult> {
  const { run, pacer } = asking;
  const { tenant } = turn;
  const result = await pacer.withPlace(tenant.client, tenant, latestStart(run), async () => {
    const first = await exchangeWhenFree(asking, turn);
    if (first.kind !== 'answered') return first;
    const clock = run.ports.clock;
    const step = nextStep(turn.tries, turn.sending, first, { now: clock.now(), random: 0 });
    if (step.do !== 'resend') return first;
    turn.tries.isResent = true;
    turn.tries.firstFailedAt ??= clock.now();
    const second = await exchangeWhenFree(asking, turn);
    return second.kind === 'answered' ? second : first;
  });
  return result ?? { kind: 'held', reason: run.gate.isOpen() ? NO_TIME : NO_ARCHIVE };
}

/** Makes one exchange once pauses, room and time allow it. */
async function exchangeWhenFree(asking: Asking, turn: Turn): Promise<TurnResult> {
  const { run, pacer, offering } = asking;
  const { tenant, names, sending, tries } = turn;
  const hindrance = await waitUntilFree(asking, turn);
  if (hindrance) return hindrance;
  const credentials = credentialsOf(tenant);
  const secret = pacer.secretInUse(credentials);
  const result = await withReservedBytes(run, pacer, { tenant, names }, async () => {
    const unmarked = await markIfCode(run, tenant, sending);
    if (unmarked) return { ...unmarked, brought: { refreshToken: null, accessToken: null } };
    tries.made += 1;
    return exchangeOnce(run, offering, withSecret(tenant, secret), sending);
  });
  if (!result) return { kind: 'shard_full' };
  if (result.kind !== 'answered') return result;
  return { ...result, movedSecret: moveSecret(pacer, tenant, { credentials, secret }, result) };
}

/** After a refused client, the next of its secrets is tried. Returns whether there was one. */
function moveSecret(
  pacer: Pacer,
  tenant: Tenant,
  { credentials, secret }: { credentials: string; secret: number },
  { judgement }: Answered,
): boolean {
  if (judgement.kind === 'issued' || judgement.code !== 'app_rejected') return false;
  const hasNext = secret + 1 < tenant.client_secrets.length;
  if (hasNext) pacer.moveToSecret(credentials, secret + 1);
  return hasNext;
}

/**
 * Marks a code before it is sent. A client's other secrets are tried with the same mark: a refused
 * client spends no code. Returns why it may not be sent.
 */
async function markIfCode(
  run: ShardRun,
  tenant: Tenant,
  sending: Sending,
): Promise<Hindrance | null> {
  if (sending.kind !== 'code') return null;
  try {
    const marked = await markCode(run, tenant.name, sending.fingerprint);
    if (marked === 'taken') return { kind: 'taken' };
    if (marked === 'marked' && mayStart(run)) return null;
    if (marked === 'marked') await unmarkCode(run, tenant.name, sending.fingerprint);
    return { kind: 'held', reason: NO_TIME };
  } catch (error) {
    if (error instanceof StoreError) return { kind: 'held', reason: NO_ARCHIVE };
    throw error;
  }
}

/**
 * Waits for the client's pauses and for the archive. Another tenant's 429 pauses this client too,
 * also while this one waits. Returns null when nothing is in the way.
 */
async function waitUntilFree(
  { run, pacer }: Asking,
  { tenant, tries }: Turn,
): Promise<Hindrance | null> {
  const { clock } = run.ports;
  const { client } = tenant;
  const isFirst = tries.firstFailedAt === null;
  for (;;) {
    if (!(await run.gate.opened())) return { kind: 'held', reason: NO_ARCHIVE };
    const until = pacer.pausedUntil(client);
    if (until <= clock.now()) break;
    const patience = (tries.firstFailedAt ?? clock.now()) + RETRY_BUDGET_MS;
    if (until > Math.min(patience, latestStart(run))) {
      return { kind: 'held', reason: 'the provider asked to wait' };
    }
    await clock.sleep(until - clock.now(), run.gate.signal());
  }
  if (pacer.isBlocked(credentialsOf(tenant))) return { kind: 'app_blocked' };
  if (isFirst && pacer.isSilent(client)) {
    return { kind: 'held', reason: 'its provider answers nobody in this run' };
  }
  if (isFirst && pacer.isUnreadable(client)) return { kind: 'held', reason: UNREADABLE };
  return mayStart(run) ? null : { kind: 'held', reason: NO_TIME };
}

/**
 * Returns whether an exchange may still be started. It must be archived and committed before the
 * lease and the function's time end.
 */
function mayStart(run: ShardRun): boolean {
  return (
    run.gate.isOpen() &&
    run.lease.leftMs() >= LEASE_NEEDED_MS &&
    run.ports.clock.now() <= latestStart(run)
  );
}

function hinderedAnswer(
  hindrance: Hindrance,
  tenant: Tenant,
  shard: string,
): { kind: 'failed'; failure: Failure } | { kind: 'deferred'; reason: string } {
  const facts = { ...factsOf(tenant), shard };
  switch (hindrance.kind) {
    case 'held':
      return { kind: 'deferred', reason: hindrance.reason };
    case 'taken': {
      const others = ['a tenant of another shard'];
      return {
        kind: 'failed',
        failure: describeFailure('duplicate_credential', { ...facts, others }),
      };
    }
    case 'app_blocked':
    case 'shard_full':
      return { kind: 'failed', failure: describeFailure(hindrance.kind, facts) };
  }
}

/** Tells a failure, and stops or slows the client where the failure is not the tenant's own. */
function failureOf({ run, pacer }: Asking, tenant: Tenant, answered: Answered): Failure {
  const { exchange } = answered;
  const judgement = answered.judgement as FailedExchange;
  pacer.noteReading(tenant.client, judgement.code !== 'unread_response');
  const credentials = credentialsOf(tenant);
  const isRejected = judgement.code === 'app_rejected';
  // Of those that were under way together, the first speaks for the app.
  const code = isRejected && pacer.isBlocked(credentials) ? 'app_blocked' : judgement.code;
  if (isRejected) pacer.block(credentials);
  return describeFailure(code, {
    ...factsOf(tenant),
    shard: run.shard,
    ...factsOfAnswer(run, exchange, judgement),
  });
}

function pauseClient(
  { run, pacer }: Asking,
  { client }: Tenant,
  step: ReturnType<typeof nextStep>,
  { retryAfterMs }: FailedExchange,
): void {
  const afterMs = retryAfterMs ?? (step.do === 'retry' ? step.afterMs : 0);
  pacer.pause(client, run.ports.clock.now() + afterMs);
}

function isThrottled({ retry, retryAfterMs }: FailedExchange): boolean {
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
