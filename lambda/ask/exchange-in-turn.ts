import { markCode, unmarkCode } from '../keep/mark-code.ts';
import { latestStart, type ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import { StoreError } from '../ports.ts';
import type { Asking, Turn } from './asking.ts';
import { noteSecret, secretInUse, withSecret } from './client-secrets.ts';
import { exchangeOnce } from './exchange-once.ts';
import { type Heeded, heed, type TurnAnswer } from './heed.ts';
import { forgivenUntil, nextStep } from './next-step.ts';
import { type Brought, withReservedBytes } from './reserve-bytes.ts';
import type { Sending } from './sending.ts';
import {
  held,
  mayStart,
  NO_ARCHIVE,
  NO_TIME,
  type NotStarted,
  waitUntilFree,
} from './wait-until-free.ts';

/** Says what an exchange came to, with the tokens that it brought. */
interface Exchanged {
  end: Heeded | NotStarted;
  brought: Brought;
}

/**
 * Makes one exchange once there is room for what it may bring. Who waits for room keeps no place
 * from tenants of other shards, and its own place in line. So one shard comes to its end after the
 * other.
 */
export async function exchangeInTurn(asking: Asking, turn: Turn): Promise<Heeded | NotStarted> {
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
async function exchangeOrResend(asking: Asking, turn: Turn): Promise<TurnAnswer | NotStarted> {
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

/** Makes one exchange once pauses and time allow it. */
async function exchangeWhenFree(asking: Asking, turn: Turn): Promise<TurnAnswer | NotStarted> {
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
async function mark(run: ShardRun, tenant: Tenant, sending: Sending): Promise<NotStarted | null> {
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
