import type { Asked } from '../ask/ask-all.ts';
import type { Choice } from '../ask/selection.ts';
import type { TenantStates } from '../history/history.ts';
import { newTenantState, type TenantError, type TenantState } from '../history/shard-state.ts';
import type { CommitResult } from '../keep/commit.ts';
import { type PublishResult, standingCredentials } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Outcome } from '../outcome.ts';
import { describeFailure } from '../report/failure.ts';

/** What became of every chosen tenant, once commit and publication are over. */
export function outcomesOf(
  run: ShardRun,
  choices: readonly Choice[],
  asked: readonly Asked[],
  committed: CommitResult,
  published: PublishResult,
): Outcome[] {
  const standing = standingCredentials(run);
  const answered = new Map(asked.flatMap((one) => one.names.map((name) => [name, one] as const)));
  return choices.map((choice) => {
    const about = { tenant: choice.name, shard: run.shard };
    if (choice.do === 'fail')
      return { ...about, provider: choice.provider, status: 'failed', error: choice.failure };
    if (choice.do !== 'ask')
      return {
        ...about,
        provider: choice.provider,
        status: STATUS[choice.do],
        reason: choice.reason,
        ...(choice.expiresAt && { expires_at: choice.expiresAt }),
      };
    const one = answered.get(choice.name);
    const base = { ...about, provider: choice.tenant.provider.id };
    if (!one) return { ...base, status: 'deferred', reason: 'a fault of this program' };
    const warning = one.warning ?? choice.warning;
    return {
      ...base,
      ...(warning && { warning }),
      ...fateOf(run, choice.name, one, standing, committed, published),
    };
  });
}

const STATUS = { skip: 'skipped', defer: 'deferred', report_recovered: 'recovered' } as const;

type Fate = Omit<Outcome, 'tenant' | 'shard' | 'provider'>;

function fateOf(
  run: ShardRun,
  name: string,
  one: Asked,
  standing: ReadonlyMap<string, string>,
  committed: CommitResult,
  published: PublishResult,
): Fate {
  const { answer } = one;
  const facts = {
    grant_type: answer.grant,
    attempts: answer.attempts,
    duration_ms: one.durationMs,
  };
  if (answer.kind === 'deferred') return { ...facts, status: 'deferred', reason: answer.reason };
  if (answer.kind === 'failed') return { ...facts, status: 'failed', error: answer.failure };
  const expected = answer.issued ?? answer.spent;
  const issued = { ...facts, archive_key: answer.archiveKey, expires_at: answer.expiresAt };
  if (!run.vault.map.tenants.has(name))
    return { ...issued, status: 'skipped', reason: 'it was removed from the map meanwhile' };
  const stands = standing.get(name) === expected;
  const cause =
    committed.kind === 'failed'
      ? committed.cause
      : published.kind === 'failed'
        ? published.cause
        : 'the lease was lost';
  if (!stands && committed.kind === 'committed')
    return {
      ...issued,
      status: 'skipped',
      reason: 'its credential was replaced in the map meanwhile',
    };
  if (!stands || published.kind !== 'published') {
    const unarchived = run.own.some(
      ({ entry, landed }) => entry.key === answer.archiveKey && !landed,
    );
    const error = describeFailure('commit_failed', {
      tenant: name,
      shard: run.shard,
      cause,
      unarchived,
    });
    return { ...issued, status: 'uncommitted', error };
  }
  const changed = answer.issued !== null && answer.issued !== answer.spent;
  return {
    ...issued,
    status: 'rotated',
    refresh_token_changed: changed,
    ...(expected !== null && { fingerprint: expected }),
  };
}

/**
 * Marks what is new about each outcome, and remembers it for the next run; `told` are old failures
 * that were only told again.
 */
export function remember(
  states: TenantStates,
  outcomes: readonly Outcome[],
  told: ReadonlySet<string>,
  credentialOf: (name: string) => string | null,
  now: string,
): { states: TenantStates; outcomes: Outcome[] } {
  const next = new Map(states);
  const marked = outcomes.map((outcome): Outcome => {
    if (told.has(outcome.tenant)) return outcome;
    const before = next.get(outcome.tenant) ?? newTenantState;
    const after = afterwards(before, outcome, credentialOf(outcome.tenant), now);
    if (after !== before) next.set(outcome.tenant, after);
    // One mail tells of an app; its tenants follow by themselves.
    const newly =
      after.error !== null &&
      after.error.code !== before.error?.code &&
      after.error.code !== 'app_blocked';
    return {
      ...outcome,
      ...(newly && { newly_failing: true as const }),
      ...(before.error && !after.error && { healed: true as const }),
    };
  });
  return { states: next, outcomes: marked };
}

function afterwards(
  before: TenantState,
  outcome: Outcome,
  credential: string | null,
  now: string,
): TenantState {
  switch (outcome.status) {
    case 'rotated':
    case 'recovered':
      return { ...before, status: outcome.status, error: null };
    case 'failed':
    case 'uncommitted': {
      if (!outcome.error) return before;
      const same = before.error?.code === outcome.error.code ? before.error : null;
      const error: TenantError = {
        code: outcome.error.code,
        since: same?.since ?? now,
        attempts: (same?.attempts ?? 0) + 1,
        tried_at: now,
        credential,
      };
      return { ...before, status: outcome.status, error };
    }
    default:
      return before;
  }
}
