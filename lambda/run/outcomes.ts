import type { Asked } from '../ask/ask-all.ts';
import type { Choice } from '../ask/selection.ts';
import { publishableCredentials } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { accountHold } from '../map/account-hold.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Outcome } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import { describeFailure, factsOf, tooLargeFailure } from '../report/failure.ts';
import type { Rotation } from './rotation.ts';

type Fate = Omit<Outcome, 'tenant' | 'shard' | 'provider'>;
type Issued = Extract<Asked['answer'], { kind: 'issued' }>;

/** Describes what all outcomes of a run depend on. */
interface Ending extends Pick<Rotation, 'committed' | 'published'> {
  run: ShardRun;
  /** Per tenant, what is in the vault now. */
  standing: ReadonlyMap<string, string>;
}

/** Returns what became of every chosen tenant, once commit and publication are over. */
export function outcomesOf(run: ShardRun, rotation: Rotation): Outcome[] {
  const { asked, committed, published, choices } = rotation;
  const ending = { run, standing: publishableCredentials(run), committed, published };
  const answered = new Map(asked.flatMap((one) => one.names.map((name) => [name, one] as const)));
  return choices.map((choice) => outcomeOf(ending, choice, answered.get(choice.name)));
}

const STATUS = { skip: 'skipped', defer: 'deferred', report_recovered: 'recovered' } as const;

function outcomeOf(ending: Ending, choice: Choice, one: Asked | undefined): Outcome {
  const about = { tenant: choice.name, shard: ending.run.shard };
  switch (choice.do) {
    case 'fail':
      return { ...about, provider: choice.provider, status: 'failed', error: choice.failure };
    case 'skip':
    case 'defer':
    case 'report_recovered': {
      const { provider, reason, expiresAt } = choice;
      const ends = expiresAt && { expires_at: expiresAt };
      return { ...about, provider, status: STATUS[choice.do], reason, ...ends };
    }
    case 'ask': {
      const base = { ...about, provider: choice.tenant.provider.id };
      if (!one) return { ...base, status: 'deferred', reason: 'a fault of this program' };
      const warning = one.warning ?? choice.warning;
      const fate = fateOf(ending, choice.name, one);
      const whose = fate.status === 'rotated' ? accountFate(ending, choice.tenant, fate) : {};
      return { ...base, ...(warning && { warning }), ...fate, ...whose };
    }
  }
}

function fateOf(ending: Ending, name: string, { answer, durationMs }: Asked): Fate {
  const facts = {
    grant_type: answer.grant,
    attempts: answer.attempts,
    duration_ms: durationMs,
  };
  switch (answer.kind) {
    case 'deferred':
      return { ...facts, status: 'deferred', reason: answer.reason };
    case 'failed':
      return { ...facts, status: 'failed', error: answer.failure };
    case 'issued':
      return { ...facts, ...issuedFate(ending, name, answer) };
  }
}

function issuedFate(ending: Ending, name: string, { own, expiresAt }: Issued): Fate {
  const { run, standing, committed, published } = ending;
  const { entry, landed } = own;
  const ends = expiresAt === null ? {} : { expires_at: expiresAt };
  const issued = { ...ends, ...(landed && { archive_key: entry.key }) };
  if (!run.vault.map.tenants.has(name))
    return { ...issued, status: 'skipped', reason: 'it was removed from the map meanwhile' };
  const expected = entry.issued ?? entry.spent;
  const isStanding = standing.get(name) === expected;
  if (run.tooLarge.has(name))
    return { ...issued, status: 'failed', error: tooLargeFailure(name, run.shard) };
  if (!isStanding && committed.kind === 'committed')
    return { ...issued, status: 'skipped', reason: 'its credential was replaced meanwhile' };
  if (!isStanding || published.kind !== 'published')
    return { ...issued, status: 'uncommitted', error: uncommitted(ending, name, landed) };
  const changed = entry.issued !== null && entry.issued !== entry.spent;
  const print = expected === null ? {} : { fingerprint: expected };
  return { ...issued, status: 'rotated', refresh_token_changed: changed, ...print };
}

/**
 * Returns what a new consent's platform told of the account that it came from. Nothing of another
 * account than expected was published.
 */
function accountFate(
  { run, standing }: Ending,
  tenant: Tenant,
  { grant_type = '' }: Fate,
): Partial<Fate> {
  const { name, provider } = tenant;
  const known = { tenants: run.tenants, knowledge: run.ledger.knowledge };
  const hold = accountHold(tenant, standing.get(name) ?? null, known);
  if (hold) {
    const facts = { ...factsOf(tenant), shard: run.shard, ...hold };
    const error = describeFailure('account_changed', facts);
    return { status: 'failed', error, account: hold.account };
  }
  const { account } = run.tenants.get(name) ?? {};
  if (account?.untold && account.found[0] !== undefined)
    return { account: account.found[0], first_account: true };
  const before = run.lease.state().tenants.get(name)?.account;
  const isNew = account !== undefined && account.consent !== before?.consent;
  if (isNew && account.found[0] !== undefined) return { account: account.found[0] };
  if (!isNew && !isCodeGrant(grant_type)) return {};
  return { account: null, ...(provider.account && { warning: untold(provider.title) }) };
}

function untold(platform: string): string {
  return `${platform} did not tell from whose account the consent came. It was compared with none.`;
}

function uncommitted({ run, committed, published }: Ending, tenant: string, landed: boolean) {
  const cause = causeOf(committed) ?? causeOf(published) ?? 'the lease was lost';
  return describeFailure('commit_failed', {
    tenant,
    shard: run.shard,
    cause,
    unarchived: !landed,
  });
}

/** Returns why a commit or a publication failed, or null. */
export function causeOf(result: Rotation['committed'] | Rotation['published']): string | null {
  return result.kind === 'failed' ? result.cause : null;
}
