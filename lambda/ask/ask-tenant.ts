import { LEASE_NEEDED_MS, RETRY_BUDGET_MS } from '../deadlines.ts';
import { isConsentPending } from '../exchange/known-error.ts';
import type { FailedExchange, IssuedToken, Judgement } from '../exchange/token-response.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { isFromCode, isSent, unreadConsentOf } from '../history/families.ts';
import type { Offering } from '../keep/keep-offering.ts';
import type { OwnExchange } from '../keep/ledger.ts';
import { markCode, unmarkCode } from '../keep/mark-code.ts';
import { latestStart, type ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { StoreError } from '../ports.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import type { GrantName } from '../providers/provider.ts';
import { describeFailure, type FailureFacts, factsOf } from '../report/failure.ts';
import { noteSecret, secretInUse, withSecret } from './client-secrets.ts';
import { type Answered, exchangeOnce } from './exchange-once.ts';
import { forgivenUntil, type NextStep, nextStep, type Tries } from './next-step.ts';
import type { Pacer } from './pacer.ts';
import { type Brought, withReservedBytes } from './reserve-bytes.ts';
import { credentialsOf, type Sending, whatFollows, whatToSend } from './sending.ts';

/** Describes what became of asking a provider, once or several times. */
export type Answer = { grant: GrantName; attempts: number } & End;

/** Describes how asking ended. */
type End =
  | { kind: 'issued'; own: OwnExchange; expiresAt: string | null }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'deferred'; reason: string };

/** A tenant that will be asked again. Holds no secret. */
export interface Retry {
  tenant: string;
  /** Where it is asked. */
  host: string;
  /** The network's code, or the HTTP status. */
  why: string;
}

/** Describes what asking works with. */
export interface Asking {
  run: ShardRun;
  pacer: Pacer;
  offering: Offering;
  /** Says whether faults that may pass are tried again. */
  mayRetry: boolean;
  /** The last instant, by the monotonic clock, at which a tenant's first exchange may begin. */
  latestAt: number;
  /** Called before the wait for another try. */
  onRetry: (retry: Retry) => void;
}

/** Says why an exchange was not started. */
type Hindrance =
  | { kind: 'app_blocked' | 'shard_full' | 'taken' }
  | { kind: 'held'; reason: string };

/** Says why no more credentials of a client or definition are sent. */
export const UNREADABLE = 'nobody can read what its provider answers';
const SILENT = 'its provider answers nobody in this run';
const PAUSED = 'the provider asked to wait';
const NO_TIME = 'no time was left to keep what it would bring';
const NO_ARCHIVE = 'the archive takes nothing';
const NOT_FORGIVEN = 'its provider may have spent its credential, and forgives it no longer';

/**
 * Asks the provider for new tokens for a tenant and for those that share its credential (`names`,
 * its own included). Every answer is archived before anything comes of it. Waits for its client's
 * place and pauses. Never throws for a store's or provider's fault.
 */
export async function askProvider(
  asking: Asking,
  tenant: Tenant,
  names: readonly string[],
): Promise<Answer> {
  const { run } = asking;
  const sending = whatToSend(tenant, isFromCode(run.ledger.knowledge, tenant.name));
  const tries: Tries = {
    made: 0,
    firstFailedAt: null,
    isResent: false,
    forgivenUntil: Number.POSITIVE_INFINITY,
    mayRetry: asking.mayRetry,
  };
  const turn: Turn = {
    tenant,
    names,
    sending,
    tries,
  };
  const end = await askUntilEnd(asking, turn);
  return { grant: sending.grant, attempts: tries.made, ...end };
}

async function askUntilEnd(asking: Asking, turn: Turn): Promise<End> {
  let failure: Failure | null = null;
  for (;;) {
    const result = await exchangeInTurn(asking, turn);
    switch (result.kind) {
      case 'issued':
        return issuedEnd(asking, turn, result);
      case 'pending':
        return { kind: 'deferred', reason: result.reason };
      case 'other_secret':
        continue;
      case 'failed':
        ({ failure } = result);
        if (await mayGoOn(asking, turn, result)) {
          continue;
        }
        return { kind: 'failed', failure };
      default:
        return failure ? { kind: 'failed', failure } : hinderedEnd(result, turn.tenant, asking.run);
    }
  }
}

async function issuedEnd(asking: Asking, turn: Turn, { own, judgement }: Issued): Promise<End> {
  const first = { own, expiresAt: judgement.expires_at };
  const second = await followUp(asking, turn, judgement);
  return { kind: 'issued', ...(second ?? first) };
}

/** Says that a device code waits for its consent, by the server's own code (RFC 8628). */
function pendingReason({ oauth_error }: FailedExchange): string {
  return `the consent has not been given yet (${oauth_error})`;
}

/** Waits as long as the failed exchange calls for. Returns whether to try again. */
async function mayGoOn(
  { run, onRetry }: Asking,
  { tenant }: Turn,
  { exchange, judgement, step }: Failed,
): Promise<boolean> {
  if (step.do !== 'retry') {
    return false;
  }
  const { failure, status } = exchange;
  const { host } = new URL(tenant.token_url);
  onRetry({
    tenant: tenant.name,
    host,
    why: failure?.code ?? `HTTP ${status}`,
  });
  if (!isThrottled(judgement)) {
    await run.ports.clock.sleep(step.afterMs, run.gate.signal());
  }
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
  if (!refresh_token) {
    return null;
  }
  const follows = whatFollows(tenant, sending.grant, refresh_token);
  if (!follows) {
    return null;
  }
  tries.firstFailedAt = null;
  tries.isResent = false;
  tries.forgivenUntil = Number.POSITIVE_INFINITY;
  const second = { ...turn, sending: follows };
  for (;;) {
    const result = await exchangeInTurn(asking, second);
    if (result.kind === 'issued') {
      return { own: result.own, expiresAt: result.judgement.expires_at };
    }
    const goesOn =
      result.kind === 'other_secret' ||
      (result.kind === 'failed' && (await mayGoOn(asking, second, result)));
    if (!goesOn) {
      return null;
    }
  }
}

/** Describes what one tenant is asked with. */
interface Turn {
  tenant: Tenant;
  names: readonly string[];
  sending: Sending;
  tries: Tries;
}

/** An answer that issued a token. */
interface Issued {
  kind: 'issued';
  own: OwnExchange;
  judgement: IssuedToken;
}

/** An answer that issued none, and what to do after it. */
interface Failed {
  kind: 'failed';
  exchange: ArchivedExchange;
  judgement: FailedExchange;
  failure: Failure;
  step: NextStep;
}

/** Says what an answer means. `other_secret`: the client has another one to be tried. */
type Heeded = Issued | Failed | { kind: 'other_secret' } | { kind: 'pending'; reason: string };
type TurnAnswer = Answered & { movedSecret: boolean };

/** Says what an exchange came to, with the tokens that it brought. */
interface Exchanged {
  end: Heeded | Hindrance;
  brought: Brought;
}

/**
 * Makes one exchange once there is room for what it may bring. Who waits for room keeps no place
 * from tenants of other shards, and its own place in line. So one shard comes to its end after the
 * other.
 */
async function exchangeInTurn(asking: Asking, turn: Turn): Promise<Heeded | Hindrance> {
  const ticket = asking.pacer.takeTicket();
  const exchanged = await withReservedBytes(asking.run, asking.pacer, turn, () =>
    exchangeWithPlace(asking, turn, ticket),
  );
  return exchanged?.end ?? { kind: 'shard_full' };
}

/**
 * Makes one exchange with a place of the client. The place is kept until the archive has the answer,
 * or refuses it. So a run that is killed loses no more answers of a client than it has places.
 */
async function exchangeWithPlace(asking: Asking, turn: Turn, ticket: number): Promise<Exchanged> {
  const { run, pacer } = asking;
  const { client, max_concurrency, min_interval_ms } = turn.tenant;
  const pace = { max_concurrency, min_interval_ms, ticket };
  const latestAt = Math.min(latestStart(run), asking.latestAt);
  const exchanged = await pacer.withPlace(client, pace, latestAt, async () => {
    const answer = await exchangeOrResend(asking, turn);
    if (answer.kind !== 'answered') {
      return { end: answer, brought: NOTHING };
    }
    return { end: heed(asking, turn, answer), brought: answer.brought };
  });
  const cause = run.gate.isOpen() ? NO_TIME : NO_ARCHIVE;
  return exchanged ?? { end: held(cause), brought: NOTHING };
}

const NOTHING: Brought = { refreshToken: null, accessToken: null };

/** Makes one exchange, and a second one at once where the first one's answer was lost. */
async function exchangeOrResend(asking: Asking, turn: Turn): Promise<TurnAnswer | Hindrance> {
  const { tries, sending } = turn;
  const first = await exchangeWhenFree(asking, turn);
  if (first.kind !== 'answered') {
    return first;
  }
  const now = asking.run.ports.clock.monotonic();
  const step = nextStep(tries, sending, first, { now, random: 0 });
  if (step.do !== 'resend') {
    return first;
  }
  tries.isResent = true;
  tries.firstFailedAt ??= now;
  const second = await exchangeWhenFree(asking, turn);
  return second.kind === 'answered' ? second : first;
}

/**
 * Says what an answer means, and notes what it means for the client's other tenants. This happens
 * before its place is given back. Else the next of them would not know of it.
 */
function heed(asking: Asking, turn: Turn, answer: TurnAnswer): Heeded {
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

/** Makes one exchange once pauses and time allow it. */
async function exchangeWhenFree(asking: Asking, turn: Turn): Promise<TurnAnswer | Hindrance> {
  const { run, pacer, offering } = asking;
  const { tenant, sending, tries } = turn;
  const hindrance = await waitUntilFree(asking, turn);
  if (hindrance) {
    return hindrance;
  }
  const unmarked = sending.kind === 'code' ? await mark(run, tenant, sending) : null;
  if (unmarked) {
    return unmarked;
  }
  const secret = secretInUse(run, pacer, tenant);
  tries.made += 1;
  const answer = await exchangeOnce(run, offering, withSecret(tenant, secret), sending);
  tries.forgivenUntil = forgivenUntil(tries, sending, answer);
  const movedSecret = noteSecret(run, pacer, { tenant, secret }, answer.judgement);
  return { movedSecret, ...answer };
}

/**
 * Marks a code before it is sent. A client's other secrets are tried with the same mark: a refused
 * client spends no code. Returns why it may not be sent.
 */
async function mark(run: ShardRun, tenant: Tenant, sending: Sending): Promise<Hindrance | null> {
  try {
    const marked = await markCode(run, tenant.name, sending.fingerprint);
    if (marked === 'taken') {
      return { kind: 'taken' };
    }
    if (marked === 'marked' && mayStart(run)) {
      return null;
    }
    if (marked === 'marked') {
      await unmarkCode(run, tenant.name, sending.fingerprint);
    }
    return held(NO_TIME);
  } catch (error) {
    if (error instanceof StoreError) {
      return held(NO_ARCHIVE);
    }
    throw error;
  }
}

/**
 * Waits for the client's pauses and for the archive. Another tenant's 429 pauses this client too,
 * also while this one waits. Returns null when nothing is in the way.
 */
async function waitUntilFree(asking: Asking, turn: Turn): Promise<Hindrance | null> {
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
): Promise<Hindrance | null> {
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

function held(reason: string): Hindrance {
  return { kind: 'held', reason };
}

/**
 * Returns whether an exchange may still be started. It must be archived and committed before the
 * lease and the function's time end.
 */
function mayStart(run: ShardRun): boolean {
  return (
    run.gate.isOpen() &&
    run.lease.leftMs() >= LEASE_NEEDED_MS &&
    run.ports.clock.monotonic() <= latestStart(run)
  );
}

function hinderedEnd(hindrance: Hindrance, tenant: Tenant, { shard }: ShardRun): End {
  const facts = { ...factsOf(tenant), shard };
  switch (hindrance.kind) {
    case 'held':
      return { kind: 'deferred', reason: hindrance.reason };
    case 'taken': {
      const others = ['a tenant of another shard'];
      const failure = describeFailure('duplicate_credential', { ...facts, others });
      return { kind: 'failed', failure };
    }
    case 'app_blocked':
    case 'shard_full':
      return { kind: 'failed', failure: describeFailure(hindrance.kind, facts) };
  }
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
