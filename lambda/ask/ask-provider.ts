import type { Judgement } from '../exchange/token-response.ts';
import { isFromCode } from '../history/families.ts';
import type { OwnExchange } from '../keep/ledger.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Failure } from '../outcome.ts';
import type { GrantName } from '../providers/provider.ts';
import { describeFailure } from '../report/failure.ts';
import { factsOf } from '../report/failure-facts.ts';
import type { Asking, Turn } from './asking.ts';
import { exchangeInTurn } from './exchange-in-turn.ts';
import { type Failed, type Issued, isThrottled } from './heed.ts';
import type { Tries } from './next-step.ts';
import { whatFollows, whatToSend } from './sending.ts';
import type { NotStarted } from './wait-until-free.ts';

/** Describes what became of asking a provider, once or several times. */
export type Answer = { grant: GrantName; attempts: number } & End;

/** Describes how asking ended. */
type End =
  | { kind: 'issued'; own: OwnExchange; expiresAt: string | null }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'deferred'; reason: string };

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
        return failure ? { kind: 'failed', failure } : endOf(result, turn.tenant, asking.run);
    }
  }
}

async function issuedEnd(asking: Asking, turn: Turn, { own, judgement }: Issued): Promise<End> {
  const first = { own, expiresAt: judgement.expires_at };
  const second = await followUp(asking, turn, judgement);
  return { kind: 'issued', ...(second ?? first) };
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

function endOf(notStarted: NotStarted, tenant: Tenant, { shard }: ShardRun): End {
  const facts = { ...factsOf(tenant), shard };
  switch (notStarted.kind) {
    case 'held':
      return { kind: 'deferred', reason: notStarted.reason };
    case 'taken': {
      const others = ['a tenant of another shard'];
      const failure = describeFailure('duplicate_credential', { ...facts, others });
      return { kind: 'failed', failure };
    }
    case 'app_blocked':
    case 'shard_full':
      return { kind: 'failed', failure: describeFailure(notStarted.kind, facts) };
  }
}
