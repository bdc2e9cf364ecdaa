import { fingerprint } from '../fingerprint.ts';
import { groupBy } from '../group-by.ts';
import { isSent } from '../history/families.ts';
import type { Offering } from '../keep/keep-offering.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import { remembered } from '../remembered.ts';
import { type Answer, askProvider } from './ask-provider.ts';
import type { Asking } from './asking.ts';
import type { Choice } from './choice.ts';
import { mayBeAsked } from './hindrance.ts';
import { createSecondLook, type SecondLook } from './look-again.ts';
import type { Pacer } from './pacer.ts';
import type { ShardView } from './shard-view.ts';
import { UNREADABLE } from './wait-until-free.ts';
import { createWatch, type Reading } from './watch.ts';

/** One exchange's answer, and whom it is for. */
export interface Asked {
  names: readonly string[];
  tenant: Tenant;
  answer: Answer;
  warning?: string;
  durationMs: number;
}

export type Ask = Extract<Choice, { do: 'ask' }>;

/** How a group of tenants is asked. */
export interface AskOptions {
  pacer: Pacer;
  offering: Offering;
  /** Says whether faults that may pass are tried again. */
  mayRetry: boolean;
  /** The last instant, by the monotonic clock, at which a first exchange may begin. */
  latestAt: number;
  onAnswer: (asked: Asked) => void;
  onRetry: Asking['onRetry'];
  /** Returns what choices are made from, as it is now. */
  view: () => ShardView;
  /** The exchanges of the whole run, by the fingerprint that was sent. Each is sent once. */
  exchanges: Exchanges;
}

export type Exchanges = Map<string, Promise<Answer>>;

/**
 * Asks for all chosen tenants at once, each client at its own pace. Tenants that hold one
 * credential share one exchange. Settles when all have. A fault of the program in one of them is
 * returned, so that the others are committed before it is thrown.
 */
export async function askAll(
  run: ShardRun,
  asks: readonly Ask[],
  options: AskOptions,
): Promise<{ asked: Asked[]; faults: unknown[] }> {
  const { pacer, offering, mayRetry, latestAt, onAnswer, onRetry, view, exchanges } = options;
  const asking: Asking = {
    run,
    pacer,
    offering,
    mayRetry,
    latestAt,
    onRetry,
  };
  const looks: Looks = { asking, view, exchanges, secondLook: createSecondLook(run, view) };
  const watch = createWatch(run);
  const askInTurn = async (group: Group): Promise<Asked> => {
    const asked = await watch.inTurn(group.tenant, {
      ask: () => askGroup(looks, group),
      readingOf: ({ answer }) => readingOf(answer),
      refused: () => notAsked(group),
    });
    onAnswer(asked);
    return asked;
  };
  const lines = groupBy(groupByCredential(asks), ({ tenant }) => lineOf(tenant));
  const ended = [...lines.values()].map((groups) => askLine(pacer, groups, askInTurn));
  const settled = (await Promise.all(ended)).flat();
  return {
    asked: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    faults: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
  };
}

/** Tenants that hold one credential of one client. The first of them is asked for all. */
interface Group {
  tenant: Tenant;
  /** All of their names. */
  names: readonly string[];
}

function groupByCredential(asks: readonly Ask[]): Group[] {
  const groups = groupBy(asks, ({ tenant: { name, credential, client } }) =>
    credential.kind === 'none' ? `tenant ${name}` : `${credential.fingerprint} ${client}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ tenant: first.tenant, names: group.map(({ name }) => name) }] : [];
  });
}

/** Names those who wait in one line of the pacer. */
function lineOf({ client, max_concurrency, min_interval_ms }: Tenant): string {
  return `${max_concurrency} ${min_interval_ms} ${client}`;
}

/** Asks for all groups of one line, as soon as those of other shards have left it room. */
async function askLine(
  pacer: Pacer,
  groups: readonly Group[],
  ask: (group: Group) => Promise<Asked>,
): Promise<PromiseSettledResult<Asked>[]> {
  const [first] = groups;
  if (!first) {
    return [];
  }
  const { client, max_concurrency, min_interval_ms } = first.tenant;
  const pace = { max_concurrency, min_interval_ms };
  await pacer.lineIsShort(client, pace);
  return Promise.allSettled(groups.map(ask));
}

function readingOf(answer: Answer): Reading {
  switch (answer.kind) {
    case 'issued':
      return 'read';
    case 'failed':
      return answer.failure.code === 'unread_response' ? 'unread' : 'unknown';
    case 'deferred':
      return 'unknown';
  }
}

/** No other credential is put at risk. */
function notAsked({ tenant, names }: Group): Asked {
  const answer: Answer = {
    grant: tenant.grant,
    attempts: 0,
    kind: 'deferred',
    reason: UNREADABLE,
  };
  return {
    names,
    tenant,
    answer,
    durationMs: 0,
  };
}

/** What a group is asked with, and what finds it another credential. */
interface Looks extends Pick<AskOptions, 'view' | 'exchanges'> {
  asking: Asking;
  secondLook: SecondLook;
}

async function askGroup(looks: Looks, { tenant, names }: Group): Promise<Asked> {
  const { clock } = looks.asking.run.ports;
  const startedAt = clock.monotonic();
  const answer = await askOnce(looks, tenant, names);
  const other = await findOther(looks, tenant, answer);
  if (!other) {
    return {
      names,
      tenant,
      answer,
      durationMs: clock.monotonic() - startedAt,
    };
  }
  const second = await askOnce(looks, other, names);
  return {
    names,
    tenant: other,
    answer: { ...second, attempts: second.attempts + answer.attempts },
    ...(isCodeGrant(answer.grant) && { warning: CODE_WITHOUT_TOKEN }),
    durationMs: clock.monotonic() - startedAt,
  };
}

/**
 * Asks with a credential that this run has not sent yet. Else the tenant gets the answer of the one
 * that it was sent for. Two tenants may come to hold one while the first is asked.
 */
function askOnce(
  { asking, exchanges }: Looks,
  tenant: Tenant,
  names: readonly string[],
): Promise<Answer> {
  const { credential } = tenant;
  if (credential.kind === 'none') {
    return askProvider(asking, tenant, names);
  }
  return remembered(exchanges, credential.fingerprint, () => askProvider(asking, tenant, names));
}

const CODE_WITHOUT_TOKEN =
  'Its authorization code brought no refresh token. The one it had stays in use.';

/**
 * Returns the tenant with another credential that is worth asking with. A refused refresh token may
 * have been replaced by one that this run had not seen. A code that brought none leaves the old
 * one.
 */
async function findOther(
  { asking, view, secondLook }: Looks,
  tenant: Tenant,
  answer: Answer,
): Promise<Tenant | null> {
  if (isCodeGrant(answer.grant)) {
    const old = broughtNoToken(answer) ? withOldRefreshToken(asking.run, tenant) : null;
    return old && mayBeAsked(view(), old) ? old : null;
  }
  const isRefused = answer.kind === 'failed' && answer.failure.code === 'needs_authorization';
  return isRefused && answer.grant === 'refresh_token' ? secondLook(tenant) : null;
}

function broughtNoToken(answer: Answer): boolean {
  if (answer.kind === 'issued') {
    return answer.own.entry.issued === null;
  }
  return answer.kind === 'failed';
}

function withOldRefreshToken(run: ShardRun, tenant: Tenant): Tenant | null {
  const { refresh_token: value, credential, provider } = tenant;
  if (credential.kind !== 'authorization_code' || value === null) {
    return null;
  }
  if (!isSent(run.ledger.knowledge, credential.fingerprint)) {
    return null;
  }
  if (!provider.grants.refresh_token) {
    return null;
  }
  return {
    ...tenant,
    grant: 'refresh_token',
    credential: {
      kind: 'refresh_token',
      value,
      fingerprint: fingerprint(value),
    },
  };
}
