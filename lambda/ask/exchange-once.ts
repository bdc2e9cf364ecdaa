import { randomUUID } from 'node:crypto';
import type { ReadExchange } from '../exchange/archived-entry.ts';
import { localAnswer } from '../exchange/local-token.ts';
import { toArchivedExchange } from '../exchange/to-archived-exchange.ts';
import { tokenRequest } from '../exchange/token-request.ts';
import type { Judgement } from '../exchange/token-response.ts';
import { fingerprint } from '../fingerprint.ts';
import {
  type ArchivedExchange,
  exchangeKey,
  type Succession,
} from '../history/archived-exchange.ts';
import { type Knowledge, rootOf } from '../history/families.ts';
import type { Stamp } from '../history/stamp.ts';
import type { Offering } from '../keep/keep-offering.ts';
import type { OwnExchange } from '../keep/ledger.ts';
import { nextStamp, type ShardRun, takeAttempt } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import type { HttpRequest } from '../ports.ts';
import { readingOf } from '../providers/reading-of.ts';
import type { Brought } from './reserve-bytes.ts';
import type { Sending } from './sending.ts';

/** One exchange, archived or offered to the archive, and judged. */
export interface Answered {
  kind: 'answered';
  /** When it was sent, by the monotonic clock. */
  sentAt: number;
  exchange: ArchivedExchange;
  judgement: Judgement;
  own: OwnExchange;
  brought: Brought;
}

const RATE_LIMIT_HEADERS = [
  'retry-after',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];

/**
 * Sends one token request, and begins to archive the answer before anything judges it. Never throws
 * for a provider's or a store's fault.
 */
export async function exchangeOnce(
  run: ShardRun,
  offering: Offering,
  tenant: Tenant,
  sending: Sending,
): Promise<Answered> {
  const { http, clock } = run.ports;
  const sentAtMs = clock.now();
  const sentAt = clock.monotonic();
  const succession = successionOf(run, tenant, sending);
  const use = { grant: sending.grant, credential: sending.value };
  const generated = { uuid: randomUUID(), nowMs: sentAtMs };
  const local = localAnswer(tenant, sending.grant, generated);
  const request: HttpRequest = local
    ? {
        method: 'POST',
        url: tenant.token_url,
        headers: {},
        body: undefined,
      }
    : tokenRequest(tenant, use, generated);
  const answer = local ?? (await http.send(request, sending.timeoutMs));
  const attempt = takeAttempt(run, tenant.name, 1);
  const key = exchangeKey(run.shard, run.lease.folder(), tenant.name, attempt);
  const facts = {
    tenant: tenant.name,
    shard: run.shard,
    provider: tenant.provider.id,
    app: tenant.app,
    client: fingerprint(tenant.client),
    run_id: run.lease.runId,
    turn: run.lease.turn(),
    attempt,
    grant_type: sending.grant,
    spent: sending.fingerprint,
    reading: readingOf(tenant.provider, sending.grant),
    succession,
    sentAtMs,
    receivedAtMs: clock.now(),
  };
  const exchange = toArchivedExchange(facts, request, answer);
  run.seenKeys.add(key);
  const archived = offering.archive(key, exchange);
  const { own, read } = run.ledger.takeInOwn(key, exchange);
  const judgement = judged(read);
  await offering.keepOn(own, archived);
  logExchange(run, exchange, judgement, own.landed);
  return {
    kind: 'answered',
    sentAt,
    exchange,
    judgement,
    own,
    brought: broughtBy(judgement),
  };
}

function successionOf(run: ShardRun, { name }: Tenant, sending: Sending): Succession {
  const stamp = nextStamp(run);
  return { stamp, born: null, ...placeOf(run.ledger.knowledge, name, sending, stamp) };
}

/** Says to which family an answer will belong, and how its tenant came to it. */
function placeOf(
  knowledge: Knowledge,
  name: string,
  sending: Sending,
  stamp: Stamp,
): Pick<Succession, 'root' | 'joined' | 'had'> {
  const membership = knowledge.tenants.get(name);
  switch (sending.kind) {
    case 'nothing':
      return {
        root: null,
        joined: '',
        had: [],
      };
    case 'code':
      return {
        root: sending.fingerprint,
        joined: stamp,
        had: membership ? [...membership.had, membership.root] : [],
      };
    case 'refresh_token': {
      const family = knowledge.families.get(sending.fingerprint);
      return {
        root: family ? rootOf(family) : sending.fingerprint,
        joined: membership?.joined ?? stamp,
        had: [...(membership?.had ?? [])],
      };
    }
  }
}

function judged({ judgement }: ReadExchange): Judgement {
  if (!judgement) {
    throw new Error('an exchange has no judgement');
  }
  return judgement;
}

function broughtBy(judgement: Judgement): Brought {
  return {
    refreshToken: judgement.refresh_token ?? null,
    accessToken: judgement.kind === 'issued' ? judgement.access_token : null,
  };
}

function logExchange(
  run: ShardRun,
  exchange: ArchivedExchange,
  judgement: Judgement,
  landed: boolean,
): void {
  const { tenant, provider, turn, attempt, status, received_at, sent_at } = exchange;
  run.ports.log({
    level: judgement.kind === 'issued' && landed ? 'info' : 'warn',
    message: landed ? 'exchanged' : 'exchanged, but not archived yet',
    shard: run.shard,
    tenant,
    provider,
    turn,
    attempt,
    ...(status !== null && { status }),
    ...(judgement.kind === 'failed' && { code: judgement.code }),
    duration_ms: Date.parse(received_at) - Date.parse(sent_at),
    ...rateLimit(exchange.headers),
  });
}

/** Only numbers leave. Everything else a server sends is its own text. */
function rateLimit(headers: Readonly<Record<string, string>>): {
  rate_limit?: Record<string, string>;
} {
  const shown: Record<string, string> = {};
  for (const name of RATE_LIMIT_HEADERS) {
    const value = headers[name] ?? '';
    if (/^\d{1,12}(\.\d{1,6})?$/.test(value)) {
      shown[name] = value;
    }
  }
  return Object.keys(shown).length === 0 ? {} : { rate_limit: shown };
}
