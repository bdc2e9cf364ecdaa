import { randomUUID } from 'node:crypto';
import {
  LEASE_NEEDED_MS,
  REQUEST_TIMEOUT_MS,
  RETRY_BUDGET_MS,
  TIME_NEEDED_MS,
} from '../deadlines.ts';
import { toArchivedExchange } from '../exchange/to-archived-exchange.ts';
import { tokenRequest } from '../exchange/token-request.ts';
import { type FailedExchange, type Judgement, judge } from '../exchange/token-response.ts';
import { type ArchivedExchange, exchangeKey } from '../history/archived-exchange.ts';
import { copyStates, putState } from '../history/credential-index.ts';
import { replay, type TenantStates } from '../history/history.ts';
import { HISTORY_CAP, newTenantState } from '../history/shard-state.ts';
import { archiveLate, learn } from '../keep/catch-up.ts';
import { type OwnExchange, type ShardRun, takeAttempt } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant-entry.ts';
import type { Failure } from '../outcome.ts';
import type { GrantName } from '../providers/provider.ts';
import { readingOf } from '../providers/reading.ts';
import { describeFailure, type FailureFacts, factsOf } from '../report/failure.ts';
import type { Pacer } from './pacing.ts';
import { reserveRoom, whenRoomChanges } from './room.ts';

/** What became of asking a provider, once or again and again. */
export type Answer = { grant: GrantName; attempts: number } & (
  | {
      kind: 'issued';
      archiveKey: string;
      expiresAt: string;
      issued: string | null;
      spent: string | null;
    }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'deferred'; reason: string }
);

/** What is sent: a code or refresh token, or nothing but the request's identity. */
interface Sending {
  grant: GrantName;
  value: string | null;
  fingerprint: string;
}

/** One exchange, judged. */
interface Answered {
  kind: 'answered';
  exchange: ArchivedExchange;
  judgement: Judgement;
  own: OwnExchange;
}

/** Gives the client's place back. */
type Leave = () => void;

/** Why an exchange was not started. */
type Hindrance = { kind: 'app_blocked' | 'shard_full' } | { kind: 'held'; reason: string };

const NO_TIME = 'no time was left to keep what it would bring';
const NO_ARCHIVE = 'the archive takes nothing';
const BACKOFF_MS = { first: 500, most: 20_000 };
const RATE_LIMIT_HEADERS = [
  'retry-after',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];

/**
 * Asks the provider for new tokens for a tenant and for those that share its credential (`group`,
 * itself included), every answer archived before it is judged. Retries what may pass: at once and
 * once where the answer to a refresh was lost (servers' grace windows are short), with full jitter
 * where the provider is in trouble, never a code that was sent. Waits for its client's place and
 * pauses. Never throws for a store's or provider's fault.
 */
export async function askProvider(
  run: ShardRun,
  pacer: Pacer,
  tenant: Tenant,
  group: readonly string[],
): Promise<Answer> {
  const { clock } = run.ports;
  const sending = whatToSend(tenant);
  let giveUpAt = Number.POSITIVE_INFINITY;
  let failed: FailedExchange | null = null;
  let failure: Failure | null = null;
  let resent = false;
  let place: Leave | null = null;
  for (let attempts = 0; ; attempts++) {
    const about = { grant: sending.grant, attempts };
    const answer = await askOnce(
      run,
      pacer,
      tenant,
      group,
      sending,
      failed ? giveUpAt : null,
      place,
    );
    if (answer.kind === 'held') {
      if (failed) pacer.noteTenant(tenant.client, isReached(failed));
      return failure
        ? { ...about, kind: 'failed', failure }
        : { ...about, kind: 'deferred', reason: answer.reason };
    }
    if (answer.kind !== 'answered')
      return {
        ...about,
        kind: 'failed',
        failure: describeFailure(answer.kind, { ...factsOf(tenant), shard: run.shard }),
      };
    const { judgement, exchange, own, leave } = answer;
    const again = sendAgain(sending, judgement, exchange, resent);
    // Servers' grace windows are short: what is sent again at once keeps its place.
    place = again === 'at_once' ? leave : null;
    if (again === 'at_once') resent = true;
    else leave();
    // At once: whatever keeps it from being sent again, the next run may.
    if (sending.grant === 'authorization_code' && exchange.failure?.kind === 'not_sent')
      await unmarkCode(run, group, sending.fingerprint);
    const tried = { grant: sending.grant, attempts: attempts + 1 };
    if (judgement.kind === 'issued') {
      pacer.noteTenant(tenant.client, true);
      const { issued, spent, key } = own.entry;
      return {
        ...tried,
        kind: 'issued',
        archiveKey: key,
        expiresAt: judgement.expires_at,
        issued,
        spent,
      };
    }
    if (failed === null) giveUpAt = clock.now() + RETRY_BUDGET_MS;
    failed = judgement;
    // Of those that were under way together, the first speaks for the app.
    const code =
      judgement.code === 'app_rejected' && pacer.isBlocked(tenant.client)
        ? 'app_blocked'
        : judgement.code;
    failure = describeFailure(code, { ...factsOf(tenant), ...factsOfAnswer(exchange, judgement) });
    if (code === 'app_rejected') pacer.block(tenant.client);
    const waitMs = backoffMs(attempts);
    const throttled = judgement.retry === 'throttled' || judgement.retryAfterMs !== undefined;
    if (throttled) pacer.pause(tenant.client, clock.now() + (judgement.retryAfterMs ?? waitMs));
    if (again === 'at_once') continue;
    if (again === 'never' || clock.now() + waitMs > giveUpAt) {
      pacer.noteTenant(tenant.client, isReached(judgement));
      return { ...tried, kind: 'failed', failure };
    }
    if (!throttled) await clock.sleep(waitMs, run.archiveFailed.signal);
  }
}

/**
 * Whether an exchange may still be started: it must be archived and committed before the lease and
 * the function's time end.
 */
function mayStart(run: ShardRun): boolean {
  return (
    !run.archiveFailed.signal.aborted &&
    run.lease.leftMs() >= LEASE_NEEDED_MS &&
    run.ports.clock.now() <= latestStart(run)
  );
}

function latestStart(run: ShardRun): number {
  return run.deadlineAt - TIME_NEEDED_MS;
}

/**
 * One exchange, once the client's place, its pauses, the room and the time allow it; after an
 * answer the place is the caller's to give back. `giveUpAt`: null before the first one. `place`:
 * one that was kept.
 */
async function askOnce(
  run: ShardRun,
  pacer: Pacer,
  tenant: Tenant,
  group: readonly string[],
  sending: Sending,
  giveUpAt: number | null,
  place: Leave | null,
): Promise<(Answered & { leave: Leave }) | Hindrance> {
  const leave = place ?? (await pacer.enter(tenant.client, tenant, latestStart(run)));
  if (leave === null)
    return { kind: 'held', reason: run.archiveFailed.signal.aborted ? NO_ARCHIVE : NO_TIME };
  let answered: Answered | null = null;
  let settleRoom: ReturnType<typeof reserveRoom> = null;
  try {
    for (;;) {
      const hindrance = await waitUntilFree(run, pacer, tenant, giveUpAt);
      if (hindrance) return hindrance;
      settleRoom = reserveRoom(run, pacer, tenant, group);
      if (settleRoom) break;
      const roomChanged = whenRoomChanges(run);
      if (roomChanged === null) return { kind: 'shard_full' };
      await roomChanged;
    }
    if (sending.grant === 'authorization_code') {
      const marked = await markCode(run, group, sending.fingerprint);
      if (!mayStart(run)) {
        if (marked) await unmarkCode(run, group, sending.fingerprint);
        return { kind: 'held', reason: NO_TIME };
      }
    }
    answered = await exchangeOnce(run, tenant, sending);
    const { judgement } = answered;
    settleRoom(
      judgement.refresh_token ?? null,
      judgement.kind === 'issued' ? judgement.access_token : null,
    );
    settleRoom = null;
    return { ...answered, leave };
  } finally {
    settleRoom?.(null, null);
    if (!answered) leave();
  }
}

/**
 * Waits for the client's pauses to end; another tenant's 429 pauses this client too, also while
 * this one waits. Null: nothing is in the way.
 */
async function waitUntilFree(
  run: ShardRun,
  pacer: Pacer,
  { client }: Tenant,
  giveUpAt: number | null,
): Promise<Hindrance | null> {
  const { clock } = run.ports;
  const { signal } = run.archiveFailed;
  for (
    let until = pacer.pausedUntil(client);
    until > clock.now() && !signal.aborted;
    until = pacer.pausedUntil(client)
  ) {
    if (until > Math.min(giveUpAt ?? clock.now() + RETRY_BUDGET_MS, latestStart(run)))
      return { kind: 'held', reason: 'the provider asked to wait' };
    await clock.sleep(until - clock.now(), signal);
  }
  if (pacer.isBlocked(client)) return { kind: 'app_blocked' };
  if (giveUpAt === null && pacer.isSilent(client))
    return { kind: 'held', reason: 'its provider answers nobody in this run' };
  if (signal.aborted) return { kind: 'held', reason: NO_ARCHIVE };
  return mayStart(run) ? null : { kind: 'held', reason: NO_TIME };
}

async function exchangeOnce(run: ShardRun, tenant: Tenant, sending: Sending): Promise<Answered> {
  const { http, clock, archive, log } = run.ports;
  const request = tokenRequest(
    tenant,
    { grant: sending.grant, credential: sending.value },
    { uuid: randomUUID(), nowMs: clock.now() },
  );
  const sentAt = clock.now();
  const answer = await http.send(request, REQUEST_TIMEOUT_MS);
  const attempt = takeAttempt(run, tenant.name, 1);
  const key = exchangeKey(run.shard, run.lease.folder, tenant.name, attempt);
  const facts = {
    tenant: tenant.name,
    shard: run.shard,
    provider: tenant.provider.id,
    app: tenant.app,
    run_id: run.runId,
    turn: run.lease.turn,
    attempt,
    grant_type: sending.grant,
    spent: sending.fingerprint,
    reading: readingOf(tenant.provider, sending.grant),
    sentAtMs: sentAt,
    receivedAtMs: clock.now(),
  };
  const exchange = toArchivedExchange(facts, request, answer);
  const landed = await archive.put(key, exchange).then(
    () => true,
    () => false,
  );
  if (!landed) run.archiveFailed.abort();
  else if (run.lease.leftMs() <= 0) await archiveLate(run, exchange);
  const own = { entry: learn(run, key, exchange), landed };
  run.own.push(own);
  run.states = replay(run.states, [own.entry]);
  const judgement = judge(exchange);
  log({
    level: judgement.kind === 'issued' && landed ? 'info' : 'warn',
    message: landed ? 'exchanged' : 'exchanged, but not archived',
    shard: run.shard,
    tenant: tenant.name,
    provider: tenant.provider.id,
    turn: run.lease.turn,
    attempt,
    ...(exchange.status === null ? {} : { status: exchange.status }),
    ...(judgement.kind === 'issued' ? {} : { code: judgement.code }),
    duration_ms: clock.now() - sentAt,
    ...rateLimit(exchange.headers),
  });
  return { kind: 'answered', exchange, judgement, own };
}

function whatToSend(tenant: Tenant): Sending {
  const { credential, grant, identity } = tenant;
  if (credential.kind === 'none') return { grant, value: null, fingerprint: identity };
  return { grant, value: credential.value, fingerprint: credential.fingerprint };
}

function sendAgain(
  sending: Sending,
  judgement: Judgement,
  exchange: ArchivedExchange,
  resent: boolean,
): 'at_once' | 'later' | 'never' {
  if (judgement.kind === 'issued' || judgement.retry === 'final') return 'never';
  if (sending.grant === 'authorization_code')
    return exchange.failure?.kind === 'not_sent' ? 'later' : 'never';
  if (judgement.retry !== 'resend') return 'later';
  if (sending.value === null) return 'later';
  return resent ? 'never' : 'at_once';
}

function factsOfAnswer(
  { status, failure, grant_type }: ArchivedExchange,
  { oauth_error, shown, cause }: FailedExchange,
): Partial<FailureFacts> {
  const code_spent = grant_type === 'authorization_code' && failure?.kind !== 'not_sent';
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
 * Whether the provider said anything about the tenant: silence, trouble and throttling are about
 * itself.
 */
function isReached({ code }: FailedExchange): boolean {
  return code !== 'provider_unavailable' && code !== 'unknown_outcome' && code !== 'throttled';
}

/** A wait with full jitter: its bound doubles with each attempt. */
function backoffMs(attempts: number): number {
  return Math.random() * Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** attempts);
}

/**
 * Fingerprints of codes stand in the stored state before they are sent: no crash can send one
 * twice.
 */
async function markCode(run: ShardRun, group: readonly string[], code: string): Promise<boolean> {
  const mark = (states: TenantStates) =>
    changeEach(states, group, (sent) =>
      [...sent.filter((known) => known !== code), code].slice(-HISTORY_CAP),
    );
  run.states = mark(run.states);
  return run.lease.save((state) => ({ ...state, tenants: mark(state.tenants) }));
}

/** A code whose request never left may be sent by the next run. */
async function unmarkCode(run: ShardRun, group: readonly string[], code: string): Promise<void> {
  const unmark = (states: TenantStates) =>
    changeEach(states, group, (sent) => sent.filter((known) => known !== code));
  run.states = unmark(run.states);
  await run.lease.save((state) => ({ ...state, tenants: unmark(state.tenants) }));
}

function changeEach(
  states: TenantStates,
  group: readonly string[],
  change: (codesSent: readonly string[]) => readonly string[],
): TenantStates {
  const next = copyStates(states);
  for (const name of group) {
    const state = next.get(name) ?? newTenantState;
    putState(next, name, { ...state, codes_sent: change(state.codes_sent) });
  }
  return next;
}

/** Only numbers leave: everything else a server sends is its own text. */
function rateLimit(headers: Readonly<Record<string, string>>): {
  rate_limit?: Record<string, string>;
} {
  const shown = RATE_LIMIT_HEADERS.filter((name) =>
    /^\d{1,12}(\.\d{1,6})?$/.test(headers[name] ?? ''),
  );
  return shown.length > 0
    ? { rate_limit: Object.fromEntries(shown.map((name) => [name, headers[name] ?? ''])) }
    : {};
}
