import { newTenantState, type TenantError, type TenantState } from '../history/shard-state.ts';
import type { Failure, Outcome } from '../outcome.ts';

type TenantStates = ReadonlyMap<string, TenantState>;

/** Describes by fingerprints what a tenant was asked with. */
export interface Tried {
  credential: string | null;
  settings?: string;
}

/** Returns the failure as later readers would tell it, by its code and the answer. */
type Retell = (name: string, failure: Failure) => Failure;

/**
 * Known failures that were only reported again, what each tenant was asked with, and the instant.
 */
interface Circumstances {
  told: ReadonlySet<string>;
  /** Says whether a mail may tell of this run. */
  isReported: boolean;
  triedBy: (name: string) => Tried;
  retell: Retell;
  /** ISO-8601. */
  now: string;
}

/** Marks what is new about each outcome, and remembers it for the next run. */
export function remember(
  tenants: TenantStates,
  outcomes: readonly Outcome[],
  { told, isReported, ...circumstances }: Circumstances,
): { tenants: Map<string, TenantState>; outcomes: Outcome[] } {
  const next = new Map(tenants);
  const marked = outcomes.map((outcome): Outcome => {
    if (told.has(outcome.tenant)) {
      return outcome;
    }
    const before = next.get(outcome.tenant) ?? newTenantState;
    const after = afterwards(before, outcome, circumstances);
    const news = newsOf(before, after);
    next.set(outcome.tenant, isReported ? toldOf(after, outcome) : untold(after, news));
    return { ...outcome, ...news };
  });
  return { tenants: next, outcomes: marked };
}

function newsOf(
  before: TenantState,
  after: TenantState,
): Pick<Outcome, 'newly_failing' | 'healed'> {
  // One mail tells of an app. Its tenants follow.
  const isOther = after.error?.code !== before.error?.code || before.error?.untold;
  const isNew = isOther && after.error?.code !== 'app_blocked';
  const isWell = after.error === null;
  const wasTold = before.error !== null && !before.error.untold;
  return {
    ...(!isWell && isNew && { newly_failing: true as const }),
    ...(isWell && (wasTold || before.recovery_untold) && { healed: true as const }),
  };
}

/** A mail tells each piece of news once, the account of a first consent among them. */
function toldOf(
  { recovery_untold: _, ...after }: TenantState,
  { first_account }: Outcome,
): TenantState {
  if (!first_account || !after.account) {
    return after;
  }
  const { untold: __, ...account } = after.account;
  return { ...after, account };
}

/** A run without a report leaves its news to the next one that has a report. */
function untold(
  after: TenantState,
  { newly_failing, healed }: Pick<Outcome, 'newly_failing' | 'healed'>,
): TenantState {
  const { error } = after;
  if (healed) {
    return { ...after, recovery_untold: true };
  }
  return error && newly_failing ? { ...after, error: { ...error, untold: true } } : after;
}

function afterwards(
  before: TenantState,
  outcome: Outcome,
  { triedBy, retell, now }: Pick<Circumstances, 'triedBy' | 'retell' | 'now'>,
): TenantState {
  switch (outcome.status) {
    case 'rotated':
    case 'recovered':
      return { ...before, status: outcome.status, error: null };
    case 'failed':
    case 'uncommitted': {
      if (!outcome.error) {
        return before;
      }
      const same = before.error?.code === outcome.error.code ? before.error : null;
      const error: TenantError = {
        code: outcome.error.code,
        since: same?.since ?? now,
        attempts: (same?.attempts ?? 0) + 1,
        tried_at: now,
        ...triedBy(outcome.tenant),
        ...(outcome.error.reply && { reply: outcome.error.reply }),
        ...wordsOf(outcome.error, retell(outcome.tenant, outcome.error)),
      };
      return { ...before, status: outcome.status, error };
    }
    case 'skipped':
    case 'deferred':
    case 'busy':
      return before;
  }
}

function wordsOf({ message, next_step }: Failure, later: Failure): Pick<TenantError, 'words'> {
  const isSame = message === later.message && next_step === later.next_step;
  return isSame ? {} : { words: { message, next_step } };
}
