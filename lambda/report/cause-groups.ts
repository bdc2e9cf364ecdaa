import { groupBy } from '../group-by.ts';
import { compareNaturally } from '../names.ts';
import type { Cause, ErrorCode, Failure, ReplyFacts } from '../outcome.ts';
import { providers } from '../providers/registry.ts';
import { describeFailure, isAppsFault } from './failure.ts';

/** A tenant that fails. */
export interface Trouble {
  tenant: string;
  shard: string;
  /** The provider's id. */
  provider: string | null;
  grant_type?: string | undefined;
  error: Failure;
  /** The surest first. Absent where nobody looked for more than the failure says. */
  causes?: readonly Cause[] | undefined;
}

/** All tenants that fail for one cause, with one thing to do. */
export interface CauseGroup {
  /** The surest cause; the failure's own code where that says it. */
  cause: string;
  /** Null where nobody looked for more than the failure says. */
  certainty: Cause['certainty'] | null;
  /** Other causes that fit as well. */
  also: Pick<Cause, 'cause' | 'certainty'>[];
  code: ErrorCode;
  provider: string | null;
  /** The app that is refused: then the tenants need no naming. */
  app: string | null;
  /** Sorted as people read them. */
  tenants: string[];
  message: string;
  /** Null where nobody looked for the cause. */
  prevention: string | null;
  next_step: string;
}

/** Takes the place of a tenant's name in the next step of a group. */
const ANY_TENANT = 'NAME';

/**
 * Groups failing tenants by their cause, the largest group first. Tenants of one refused app are one
 * group, and so are tenants that one provider refuses alike.
 */
export function groupByCause(troubles: readonly Trouble[]): CauseGroup[] {
  const groups = groupBy(troubles, keyOf);
  return [...groups.values()].map(toGroup).sort(byUrgency);
}

/** Two tenants with the same text share a cause. */
function keyOf({ tenant, shard, provider, grant_type, error, causes = [] }: Trouble): string {
  const { code, app, next_step, reply } = error;
  if (isAppsFault(code) && app !== undefined) {
    return JSON.stringify(['app', provider, app]);
  }
  const why = causes.map(({ cause, certainty }) => [cause, certainty]);
  const usual = describeFailure(code, {
    tenant,
    shard,
    ...grantOf(grant_type),
    ...reply,
  });
  const isUsual = usual.next_step === next_step;
  if (!isUsual) {
    return JSON.stringify([code, next_step, why]);
  }
  const place = shardMatters(code) ? shard : null;
  const said = [reply?.oauth_error, reply?.network];
  return JSON.stringify([code, provider, grant_type, place, ...said, why]);
}

function shardMatters(code: ErrorCode): boolean {
  return code === 'shard_full' || code === 'shard_unreadable' || code === 'commit_failed';
}

function toGroup(members: readonly Trouble[]): CauseGroup {
  const first = members.find(({ error }) => error.code !== 'app_blocked') ?? members[0];
  if (!first) {
    throw new Error('a group has members');
  }
  const { error, provider, causes = [] } = first;
  const [surest, ...others] = causes;
  return {
    cause: surest?.cause ?? error.code,
    certainty: surest?.certainty ?? null,
    also: others.map(({ cause, certainty }) => ({ cause, certainty })),
    code: error.code,
    provider,
    app: error.app ?? null,
    tenants: members.map(({ tenant }) => tenant).sort(compareNaturally),
    prevention: surest?.prevention ?? null,
    ...wordsFor(first, members),
  };
}

/** A cause may know a better next step than its failure does. */
function wordsFor(
  first: Trouble,
  members: readonly Trouble[],
): Pick<Failure, 'message' | 'next_step'> {
  const { tenant, shard, grant_type, error, causes = [] } = first;
  const usual = describeFailure(error.code, {
    tenant,
    shard,
    ...grantOf(grant_type),
    ...error.reply,
    ...(error.app && { app: error.app }),
  });
  const better = causes.find(({ next_step }) => next_step !== usual.next_step);
  const words = failureWords(first, members);
  return better ? { ...words, next_step: better.next_step } : words;
}

function failureWords(
  first: Trouble,
  members: readonly Trouble[],
): Pick<Failure, 'message' | 'next_step'> {
  const count = members.length;
  const { tenant, shard, provider, grant_type, error } = first;
  const { code, message, next_step, app } = error;
  if (count === 1) {
    return { message, next_step };
  }
  if (app !== undefined) {
    return { message: `${message} ${count} tenants get no token.`, next_step };
  }
  const facts = {
    shard,
    provider: titleOf(provider),
    ...grantOf(grant_type),
    ...sharedReply(members),
  };
  const usual = describeFailure(code, { ...facts, tenant });
  if (usual.next_step !== next_step) {
    return { message: `${message} The same is true of ${count - 1} more.`, next_step };
  }
  return describeFailure(code, {
    ...facts,
    tenant: ANY_TENANT,
    count,
  });
}

/** What some answers said and others did not is left out. */
function sharedReply(members: readonly Trouble[]): ReplyFacts {
  const reply = members[0]?.error.reply ?? {};
  const shared = Object.entries(reply).filter(([fact, value]) =>
    members.every(({ error }) => error.reply?.[fact as keyof ReplyFacts] === value),
  );
  return Object.fromEntries(shared);
}

/** Returns the causes of a group in words, such as `answer lost (likely), life over (likely)`. */
export function causeText({
  cause,
  certainty,
  also,
}: Pick<CauseGroup, 'cause' | 'certainty' | 'also'>) {
  const causes = [{ cause, certainty }, ...also];
  return causes.map(wordsOf).join(', ');
}

function wordsOf({ cause, certainty }: Pick<CauseGroup, 'cause' | 'certainty'>): string {
  const words = cause.replaceAll('_', ' ');
  return certainty === null ? words : `${words} (${certainty})`;
}

/** Returns whether a group's cause says more than its failure. */
export function isExplained({ cause, code }: Pick<CauseGroup, 'cause' | 'code'>): boolean {
  return cause !== code;
}

function titleOf(provider: string | null): string | null {
  if (provider === null) {
    return null;
  }
  return providers.get(provider)?.title ?? provider;
}

function grantOf(grant: string | undefined): { grant_type?: string } {
  return grant === undefined ? {} : { grant_type: grant };
}

function byUrgency(a: CauseGroup, b: CauseGroup): number {
  const bySize = b.tenants.length - a.tenants.length;
  if (bySize !== 0) {
    return bySize;
  }
  const [firstOfA = ''] = a.tenants;
  const [firstOfB = ''] = b.tenants;
  return compareNaturally(firstOfA, firstOfB);
}
