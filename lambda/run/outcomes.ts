import type { Asked } from '../ask/ask-all.ts';
import type { Choice } from '../ask/choice.ts';
import { publishableCredentials } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Failure, Outcome } from '../outcome.ts';
import { describeFailure, tooLargeFailure } from '../report/failure.ts';
import { accountFate } from './account-fate.ts';
import type { Rotation } from './rotation.ts';

type Fate = Omit<Outcome, 'tenant' | 'shard' | 'provider'>;
type Issued = Extract<Asked['answer'], { kind: 'issued' }>;
type AskChoice = Extract<Choice, { do: 'ask' }>;

/** Describes what all outcomes of a run depend on. */
interface Ending extends Pick<Rotation, 'committed' | 'published'> {
  run: ShardRun;
  /** By tenant, fingerprints of the credentials that are in the vault now. */
  standing: ReadonlyMap<string, string>;
}

/** Returns what became of every chosen tenant, once commit and publication are over. */
export function outcomesOf(run: ShardRun, rotation: Rotation): Outcome[] {
  const { asked, committed, published, choices } = rotation;
  const standing = publishableCredentials(run);
  const ending: Ending = {
    run,
    standing,
    committed,
    published,
  };
  const answers = asked.flatMap((one) => one.names.map((name) => [name, one] as const));
  const answered = new Map(answers);
  return choices.map((choice) => outcomeOf(ending, choice, answered.get(choice.name)));
}

const STATUS = {
  skip: 'skipped',
  defer: 'deferred',
  report_recovered: 'recovered',
} as const;

function outcomeOf(ending: Ending, choice: Choice, answered: Asked | undefined): Outcome {
  return {
    tenant: choice.name,
    shard: ending.run.shard,
    provider: choice.do === 'ask' ? choice.tenant.provider.id : choice.provider,
    ...chosenFate(ending, choice, answered),
  };
}

function chosenFate(ending: Ending, choice: Choice, answered: Asked | undefined): Fate {
  return choice.do === 'ask' ? askedFate(ending, choice, answered) : unaskedFate(choice);
}

/** Returns what becomes of a tenant that is not asked for. */
export function unaskedFate(choice: Exclude<Choice, AskChoice>): Fate {
  switch (choice.do) {
    case 'fail':
      return { status: 'failed', error: choice.failure };
    case 'skip':
    case 'defer':
    case 'report_recovered':
      return {
        status: STATUS[choice.do],
        reason: choice.reason,
        ...(choice.expiresAt && { expires_at: choice.expiresAt }),
      };
  }
}

function askedFate(ending: Ending, choice: AskChoice, answered: Asked | undefined): Fate {
  if (!answered) {
    return { status: 'deferred', reason: 'a fault of this program' };
  }
  const warning = answered.warning ?? choice.warning;
  const fate: Fate = { ...(warning && { warning }), ...fateOf(ending, choice.name, answered) };
  if (fate.status !== 'rotated') {
    return fate;
  }
  const granted = {
    tenant: choice.tenant,
    credential: ending.standing.get(choice.name) ?? null,
    grantType: answered.answer.grant,
  };
  return { ...fate, ...accountFate(ending.run, granted) };
}

function fateOf(ending: Ending, name: string, { answer, durationMs }: Asked): Fate {
  return {
    grant_type: answer.grant,
    attempts: answer.attempts,
    duration_ms: Math.round(durationMs),
    ...(answer.kind === 'issued' && keptFacts(answer)),
    ...answeredFate(ending, name, answer),
  };
}

function answeredFate(ending: Ending, name: string, answer: Asked['answer']): Fate {
  switch (answer.kind) {
    case 'deferred':
      return { status: 'deferred', reason: answer.reason };
    case 'failed':
      return { status: 'failed', error: answer.failure };
    case 'issued':
      return issuedFate(ending, name, answer);
  }
}

/** Returns where an issued token is kept, and when it ends. */
function keptFacts({ own, expiresAt }: Issued): Pick<Fate, 'expires_at' | 'archive_key'> {
  return {
    ...(expiresAt !== null && { expires_at: expiresAt }),
    ...(own.landed && { archive_key: own.entry.key }),
  };
}

function issuedFate(ending: Ending, name: string, { own }: Issued): Fate {
  const { run, standing, committed, published } = ending;
  const { spent, issued } = own.entry;
  const expected = issued ?? spent;
  const isStanding = standing.get(name) === expected;
  if (!run.vault.map.tenants.has(name)) {
    return { status: 'skipped', reason: 'it was removed from the map meanwhile' };
  }
  if (run.tooLarge.has(name)) {
    return { status: 'failed', error: tooLargeFailure(name, run.shard) };
  }
  if (!isStanding && committed.kind === 'committed') {
    return { status: 'skipped', reason: 'its credential was replaced meanwhile' };
  }
  if (!isStanding || published.kind !== 'published') {
    return { status: 'uncommitted', error: uncommitted(ending, name, own.landed) };
  }
  return {
    status: 'rotated',
    refresh_token_changed: issued !== null && issued !== spent,
    ...(expected !== null && { fingerprint: expected }),
  };
}

function uncommitted(
  { run, committed, published }: Ending,
  tenant: string,
  hasLanded: boolean,
): Failure {
  const cause = causeOf(committed) ?? causeOf(published) ?? 'the lease was lost';
  return describeFailure('commit_failed', {
    tenant,
    shard: run.shard,
    cause,
    unarchived: !hasLanded,
  });
}

/** Returns why a commit or a publication failed, or null. */
export function causeOf(result: Rotation['committed'] | Rotation['published']): string | null {
  return result.kind === 'failed' ? result.cause : null;
}
