import { credentialOf, settingsOf } from '../ask/tried.ts';
import { withinDay } from '../ask/version-budget.ts';
import { countFullRun } from '../history/former-names.ts';
import type { ShardState, TenantState } from '../history/shard-state.ts';
import { accountFacts } from '../history/tenant-account.ts';
import { undurable } from '../keep/ledger.ts';
import { publishableCredentials } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import type { Outcome, ShardFailure } from '../outcome.ts';
import { rememberedFailure } from '../report/failure.ts';
import { type FailureFacts, factsOf } from '../report/failure-facts.ts';
import { ArchiveError, CommitError, shardFailure } from '../report/shard-failure.ts';
import { measureShard } from './gauges.ts';
import { stateAfter, stateAfterFault } from './open-run.ts';
import { causeOf, outcomesOf } from './outcomes.ts';
import { remember, type Tried } from './remember.ts';
import type { Rotation } from './rotation.ts';
import type { ShardReport } from './shard-report.ts';
import { decideTold, withTold } from './tell-ahead.ts';
import type { Ended } from './with-lease.ts';

/** Describes what a run came to, once it has ended. */
interface Conclusion {
  tenants: ReadonlyMap<string, TenantState>;
  outcomes: readonly Outcome[];
  failure: ShardFailure | null;
  /** ISO-8601. */
  now: string;
}

/** Says what became of a shard's tenants, and what its state is to remember. */
export function conclude(run: ShardRun, rotation: Rotation): Ended<ShardReport> {
  const conclusion = conclusionOf(run, rotation);
  const { outcomes, failure } = conclusion;
  const before = run.lease.state();
  const after = concludeState(run, rotation, conclusion, before);
  const { reportKey, tells } = rotation;
  const told = decideTold(run, {
    after,
    outcomes,
    reportKey,
    tells,
  });
  return {
    close: (state) => {
      const closed = state === before ? after : concludeState(run, rotation, conclusion, state);
      return withTold(closed, told);
    },
    result: {
      kind: 'done',
      outcomes: outcomes.map((outcome) => withPeople(outcome, run)),
      gauges: measureShard(run.shard, after, run.vault, fullnessOf(run)),
      failure,
      ...(told && { endings: told.endings, drifts: told.drifts }),
    },
  };
}

function conclusionOf(run: ShardRun, rotation: Rotation): Conclusion {
  const now = new Date(run.ports.clock.now()).toISOString();
  const remembered = remember(run.tenants, outcomesOf(run, rotation), {
    told: toldAgain(rotation),
    isReported: rotation.reportKey !== null,
    triedBy: whatWasTried(run, rotation),
    retell: (name, { code, reply }) => rememberedFailure({ code, reply }, laterFacts(run, name)),
    now,
  });
  return { ...remembered, failure: failureOf(run, rotation), now };
}

function concludeState(
  run: ShardRun,
  rotation: Rotation,
  conclusion: Conclusion,
  state: ShardState,
): ShardState {
  const { wanted, isTidy, refusalsAt } = rotation;
  const { now, failure } = conclusion;
  const isFullRun = isTidy && wanted.kind === 'all';
  const tenants = isFullRun ? countFullRun(conclusion.tenants) : conclusion.tenants;
  const known = isTidy ? stateAfter(run, state, tenants) : stateAfterFault(run, state);
  return {
    ...known,
    tenants,
    refusals_at: refusalsAt,
    asked_at: askedAt(rotation, state, now),
    last_success_at: isSuccess(rotation, conclusion) ? now : state.last_success_at,
    failure: failure?.code ?? null,
  };
}

/** Only a run for all tenants that left none for later is a success of the shard. */
function isSuccess({ wanted, isTidy }: Rotation, { outcomes, failure }: Conclusion): boolean {
  if (wanted.kind !== 'all' || !isTidy || failure !== null) {
    return false;
  }
  return !outcomes.some(({ status }) => LEFT.has(status));
}

const LEFT: ReadonlySet<Outcome['status']> = new Set(['deferred', 'busy', 'uncommitted']);

function askedAt(
  { wanted, asked, commits }: Rotation,
  { asked_at }: ShardState,
  now: string,
): ShardState['asked_at'] {
  const at = Date.parse(now);
  const recent = {
    on_demand: withinDay(asked_at.on_demand, at),
    other: withinDay(asked_at.other, at),
  };
  const hasAsked = asked.some(({ answer }) => answer.attempts > 0);
  if (!hasAsked) {
    return recent;
  }
  const kind = wanted.kind === 'on_demand' ? 'on_demand' : 'other';
  return { ...recent, [kind]: [...recent[kind], ...Array.from({ length: commits }, () => now)] };
}

/** News of a tenant names who can act. */
function withPeople(outcome: Outcome, { vault }: ShardRun): Outcome {
  if (!outcome.newly_failing && !outcome.healed) {
    return outcome;
  }
  const tenant = resolveTenant(outcome.tenant, vault.map);
  if (!isTenant(tenant)) {
    return outcome;
  }
  const { owner, contact, tags } = tenant;
  return {
    ...outcome,
    ...(owner !== null && { owner }),
    ...(contact !== null && { contact }),
    ...(tags.length > 0 && { tags: [...tags] }),
  };
}

/** On demand, a failure of a while ago is reported again without asking. */
function toldAgain({ choices }: Rotation): ReadonlySet<string> {
  const told = choices.filter((choice) => choice.do === 'fail' && choice.known);
  return new Set(told.map(({ name }) => name));
}

function whatWasTried(run: ShardRun, { asked }: Rotation): (name: string) => Tried {
  const standing = publishableCredentials(run);
  const pairs = asked.flatMap(({ names, tenant }) => names.map((name) => [name, tenant] as const));
  const sent = new Map(pairs);
  return (name) => {
    const tenant = sent.get(name);
    if (!tenant) {
      return { credential: standing.get(name) ?? null };
    }
    // Of tenants that share a credential, the settings of the first were sent.
    const settings = tenant.name === name ? { settings: settingsOf(tenant) } : {};
    return { credential: credentialOf(tenant), ...settings };
  };
}

/** Returns what is known of a tenant to whoever reads map and state later. */
function laterFacts({ shard, vault, tenants }: ShardRun, name: string): FailureFacts {
  const tenant = resolveTenant(name, vault.map);
  const facts = isTenant(tenant) ? factsOf(tenant) : { tenant: name };
  return { ...facts, shard, ...accountFacts(tenants.get(name)?.account) };
}

function failureOf(run: ShardRun, rotation: Rotation): ShardFailure | null {
  const error = errorOf(run, rotation);
  if (error === null) {
    return null;
  }
  const failure = shardFailure(run.ports, run.shard, error);
  const repeated = failure.code === run.lease.state().failure;
  return { ...failure, ...(repeated && { repeated }) };
}

function errorOf(run: ShardRun, rotation: Rotation): unknown {
  const [fault] = rotation.faults;
  if (fault !== undefined) {
    return fault;
  }
  const cause = writeCause(rotation);
  if (cause !== null) {
    const unarchived = undurable(run.ledger).map(({ entry }) => entry.tenant);
    return new CommitError(cause, unarchived);
  }
  const closedBy = run.gate.closedBy();
  return closedBy === null ? null : new ArchiveError(closedBy);
}

/** Returns why not everything was written, or null where it was. */
function writeCause({ committed, published }: Rotation): string | null {
  const cause = causeOf(committed) ?? causeOf(published);
  if (cause !== null) {
    return cause;
  }
  const isLeft = committed.kind === 'left' || published.kind === 'left';
  return isLeft ? 'the lease was lost before everything was written' : null;
}

function fullnessOf({ room, ports }: ShardRun): number {
  const vault = 1 - room.vault / ports.vault.maxBytes;
  const accessTokens = 1 - room.accessTokens / ports.accessTokens.maxBytes;
  return Math.max(vault, accessTokens);
}
