import { credentialOf, settingsOf } from '../ask/tried.ts';
import { withinDay } from '../ask/version-budget.ts';
import { countFullRun } from '../history/former-names.ts';
import type { ShardState } from '../history/shard-state.ts';
import { undurable } from '../keep/ledger.ts';
import { publishableCredentials } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import type { Outcome, ShardFailure } from '../outcome.ts';
import { ArchiveError, CommitError, shardFailure } from '../report/shard-failure.ts';
import { measureShard } from './gauges.ts';
import { stateAfter, stateAfterFault } from './open-run.ts';
import { causeOf, outcomesOf } from './outcomes.ts';
import { remember, type Tried } from './remember.ts';
import type { Rotation } from './rotation.ts';
import type { ShardReport } from './shard-report.ts';
import { decideTold, withTold } from './tell-ahead.ts';
import type { Ended } from './with-lease.ts';

/** Says what became of a shard's tenants, and what its state is to remember. */
export function conclude(run: ShardRun, rotation: Rotation): Ended<ShardReport> {
  const now = new Date(run.ports.clock.now()).toISOString();
  const { tenants, outcomes } = remember(run.tenants, outcomesOf(run, rotation), {
    told: toldAgain(rotation),
    isReported: rotation.reportKey !== null,
    triedBy: whatWasTried(run, rotation),
    now,
  });
  const failure = failureOf(run, rotation);
  const isComplete = rotation.isTidy && failure === null;
  const isFullRun = rotation.isTidy && rotation.wanted.kind === 'all';
  const kept = isFullRun ? countFullRun(tenants) : tenants;
  const concluded = (state: ShardState): ShardState => ({
    ...(rotation.isTidy ? stateAfter(run, state, kept) : stateAfterFault(run, state)),
    tenants: kept,
    refusals_at: rotation.refusalsAt,
    asked_at: askedAt(rotation, state, now),
    last_success_at: isComplete && isSuccess(rotation, outcomes) ? now : state.last_success_at,
    failure: failure?.code ?? null,
  });
  const after = concluded(run.lease.state());
  const { reportKey, tells } = rotation;
  const told = decideTold(run, { after, outcomes, reportKey, tells });
  const close = (state: ShardState): ShardState => withTold(concluded(state), told);
  return {
    close,
    result: {
      kind: 'done',
      outcomes: outcomes.map((outcome) => withPeople(outcome, run)),
      gauges: measureShard(run.shard, after, run.vault, fullnessOf(run)),
      failure,
      ...(told && { endings: told.endings, drifts: told.drifts }),
    },
  };
}

function askedAt({ wanted, asked }: Rotation, state: ShardState, now: string) {
  const kind = wanted.kind === 'on_demand' ? 'on_demand' : 'other';
  const hasAsked = asked.some(({ answer }) => answer.attempts > 0);
  const recent = {
    on_demand: withinDay(state.asked_at.on_demand, Date.parse(now)),
    other: withinDay(state.asked_at.other, Date.parse(now)),
  };
  return hasAsked ? { ...recent, [kind]: [...recent[kind], now] } : recent;
}

/** News of a tenant names who can act. */
function withPeople(outcome: Outcome, { vault }: ShardRun): Outcome {
  if (!outcome.newly_failing && !outcome.healed) return outcome;
  const tenant = resolveTenant(outcome.tenant, vault.map);
  if (!isTenant(tenant)) return outcome;
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
  const sent = new Map(
    asked.flatMap(({ names, tenant }) => names.map((name) => [name, tenant] as const)),
  );
  return (name) => {
    const tenant = sent.get(name);
    if (!tenant) return { credential: standing.get(name) ?? null };
    // Of tenants that share a credential, the settings of the first were sent.
    const settings = tenant.name === name ? { settings: settingsOf(tenant) } : {};
    return { credential: credentialOf(tenant), ...settings };
  };
}

/** A success of a shard is a run for all of its tenants that left none for later. */
function isSuccess({ wanted }: Rotation, outcomes: readonly Outcome[]): boolean {
  return wanted.kind === 'all' && outcomes.every(({ status }) => !LEFT.has(status));
}

const LEFT: ReadonlySet<Outcome['status']> = new Set(['deferred', 'busy', 'uncommitted']);

function failureOf(run: ShardRun, rotation: Rotation): ShardFailure | null {
  const error = errorOf(run, rotation);
  if (error === null) return null;
  const failure = shardFailure(run.ports, run.shard, error);
  const repeated = failure.code === run.lease.state().failure;
  return { ...failure, ...(repeated && { repeated }) };
}

function errorOf(run: ShardRun, { faults, committed, published }: Rotation): unknown {
  if (faults.length > 0) return faults[0];
  const isLeft = committed.kind === 'left' || published.kind === 'left';
  const lost = isLeft ? 'the lease was lost before everything was written' : null;
  const cause = causeOf(committed) ?? causeOf(published) ?? lost;
  const unarchived = undurable(run.ledger).map(({ entry }) => entry.tenant);
  if (cause !== null) return new CommitError(cause, unarchived);
  const closedBy = run.gate.closedBy();
  return closedBy === null ? null : new ArchiveError(closedBy);
}

function fullnessOf({ room, ports }: ShardRun): number {
  const vault = 1 - room.vault / ports.vault.maxBytes;
  const accessTokens = 1 - room.accessTokens / ports.accessTokens.maxBytes;
  return Math.max(vault, accessTokens);
}
