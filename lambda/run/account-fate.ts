import type { TenantState } from '../history/shard-state.ts';
import type { TenantAccount } from '../history/tenant-account.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { type AccountHold, accountHold } from '../map/account-hold.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Outcome } from '../outcome.ts';
import { isCodeGrant } from '../providers/grant-definition.ts';
import { describeFailure } from '../report/failure.ts';
import { factsOf } from '../report/failure-facts.ts';

type AccountFate = Pick<Outcome, 'account' | 'first_account' | 'warning'> &
  Partial<Pick<Outcome, 'status' | 'error'>>;

/** Describes a tenant that got a token. */
interface Granted {
  tenant: Tenant;
  /** Fingerprint of the credential that is in the vault now. */
  credential: string | null;
  grantType: string;
}

/**
 * Says from which account a new consent came, as its platform says. Nothing of another account than
 * expected was published.
 */
export function accountFate(run: ShardRun, granted: Granted): AccountFate {
  const { tenant, credential, grantType } = granted;
  const known = { tenants: run.tenants, knowledge: run.ledger.knowledge };
  const hold = accountHold(tenant, credential, known);
  if (hold) {
    return heldFate(tenant, run.shard, hold);
  }
  const now = run.tenants.get(tenant.name)?.account;
  const [account] = now?.found ?? [];
  const isNew = isNewConsent(now, run.lease.state().tenants.get(tenant.name));
  if (account !== undefined && now?.untold) {
    return { account, first_account: true };
  }
  if (account !== undefined && isNew) {
    return { account };
  }
  if (isNew || isCodeGrant(grantType)) {
    return unknownAccount(tenant);
  }
  return {};
}

function isNewConsent(now: TenantAccount | undefined, before: TenantState | undefined): boolean {
  return now !== undefined && now.consent !== before?.account?.consent;
}

function heldFate(tenant: Tenant, shard: string, hold: AccountHold): AccountFate {
  const facts = { ...factsOf(tenant), shard, ...hold };
  return {
    status: 'failed',
    error: describeFailure('account_changed', facts),
    account: hold.account,
  };
}

function unknownAccount({ provider }: Tenant): AccountFate {
  if (!provider.account) {
    return { account: null };
  }
  const what = `${provider.title} did not tell from whose account the consent came.`;
  return { account: null, warning: `${what} It was compared with none.` };
}
