import { compareNaturally } from '../names.ts';
import type { ErrorCode, Failure, ReplyFacts } from '../outcome.ts';
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
}

/** All tenants that fail for one cause, with one thing to do. */
export interface CauseGroup {
  code: ErrorCode;
  provider: string | null;
  /** The app that is refused: then the tenants need no naming. */
  app: string | null;
  /** Sorted as people read them. */
  tenants: string[];
  message: string;
  next_step: string;
}

/** Stands for a tenant's name in the next step of a group. */
const ANY_TENANT = 'NAME';

/**
 * Groups failing tenants by their cause, the largest group first: tenants of one refused app, and
 * tenants that one provider refuses alike.
 */
export function groupByCause(troubles: readonly Trouble[]): CauseGroup[] {
  const groups = new Map<string, Trouble[]>();
  for (const trouble of troubles) {
    const key = causeOf(trouble);
    const group = groups.get(key);
    if (group) group.push(trouble);
    else groups.set(key, [trouble]);
  }
  return [...groups.values()].map(toGroup).sort(byUrgency);
}

/** Two tenants with the same text share a cause. */
function causeOf({ tenant, shard, provider, grant_type, error }: Trouble): string {
  const { code, app, next_step, reply } = error;
  if (isAppsFault(code) && app !== undefined) return JSON.stringify(['app', provider, app]);
  const usual = describeFailure(code, { tenant, shard, ...grantOf(grant_type), ...reply });
  const said = [reply?.oauth_error, reply?.network];
  return usual.next_step === next_step
    ? JSON.stringify([code, provider, grant_type, shardMatters(code) && shard, ...said])
    : JSON.stringify([code, next_step]);
}

function shardMatters(code: ErrorCode): boolean {
  return code === 'shard_full' || code === 'shard_unreadable' || code === 'commit_failed';
}

function toGroup(members: readonly Trouble[]): CauseGroup {
  const first = members.find(({ error }) => error.code !== 'app_blocked') ?? members[0];
  if (!first) throw new Error('a group has members');
  const { error, provider } = first;
  const about = {
    code: error.code,
    provider,
    app: error.app ?? null,
    tenants: members.map(({ tenant }) => tenant).sort(compareNaturally),
  };
  return { ...about, ...wordsFor(first, members) };
}

function wordsFor(
  first: Trouble,
  members: readonly Trouble[],
): Pick<Failure, 'message' | 'next_step'> {
  const count = members.length;
  const { tenant, shard, provider, grant_type, error } = first;
  const { code, message, next_step, app } = error;
  if (count === 1) return { message, next_step };
  if (app !== undefined) return { message: `${message} ${count} tenants get no token.`, next_step };
  const said = sharedReply(error.reply, members);
  const facts = { shard, provider: titleOf(provider), ...grantOf(grant_type), ...said };
  if (describeFailure(code, { ...facts, tenant }).next_step !== next_step)
    return { message: `${message} The same is true of ${count - 1} more.`, next_step };
  return describeFailure(code, { ...facts, tenant: ANY_TENANT, count });
}

/** What some answers said and others did not is left out. */
function sharedReply(reply: ReplyFacts = {}, members: readonly Trouble[]): ReplyFacts {
  const shared = Object.entries(reply).filter(([fact, value]) =>
    members.every(({ error }) => error.reply?.[fact as keyof ReplyFacts] === value),
  );
  return Object.fromEntries(shared);
}

function titleOf(provider: string | null): string | null {
  return provider === null ? null : (providers.get(provider)?.title ?? provider);
}

function grantOf(grant: string | undefined): { grant_type?: string } {
  return grant === undefined ? {} : { grant_type: grant };
}

function byUrgency(a: CauseGroup, b: CauseGroup): number {
  return (
    b.tenants.length - a.tenants.length || compareNaturally(a.tenants[0] ?? '', b.tenants[0] ?? '')
  );
}
