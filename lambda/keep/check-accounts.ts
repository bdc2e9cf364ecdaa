import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { ACCOUNT_CHECKS_MS, ACCOUNT_REQUEST_MS } from '../deadlines.ts';
import { accountRequest, readAccounts } from '../exchange/account-request.ts';
import { newTenantState } from '../history/shard-state.ts';
import {
  earlierCredential,
  isOfConsent,
  noteAccounts,
  settleAccount,
  type TenantAccount,
} from '../history/tenant-account.ts';
import { pinnedAccount } from '../map/account-hold.ts';
import type { Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import type { ShardRun } from './shard-run.ts';

/** A tenant whose platform is asked from whose account its consent came. */
interface Owed {
  tenant: Tenant;
  /** Fingerprint of the consent's code. */
  consent: string;
  /** Sent with the question. A secret. */
  accessToken: string;
}

/** A credential that is in the vault, and the access token that it brought. */
export interface Standing {
  name: string;
  credential: string;
  /** Reads it from the archive where this run did not bring it. Null: there is none. */
  accessToken: () => Promise<string | null>;
}

const AT_ONCE = 8;

/**
 * Asks the platforms of new consents from whose account they came, and notes it for each tenant.
 * What they brought must be committed. The first use of an access token may end what was before it.
 * A run that died between commit and this leaves it to the next one. Never throws for a platform's
 * fault. A platform that does not tell is not asked again.
 */
export async function checkAccounts(run: ShardRun, standing: readonly Standing[]): Promise<void> {
  settleAccounts(run);
  const owed = await owedChecks(run, standing);
  if (owed.length === 0 || run.lease.leftMs() <= 0) {
    return;
  }
  const { clock } = run.ports;
  const endsAt = clock.monotonic() + ACCOUNT_CHECKS_MS;
  await pLimit(AT_ONCE).map(owed, async (one) => {
    const leftMs = Math.min(endsAt - clock.monotonic(), ACCOUNT_REQUEST_MS);
    const accounts = leftMs > 0 ? await askPlatform(run, one, leftMs) : [];
    note(run, one, accounts);
  });
}

/** What an operator has accepted since is right from now on. */
function settleAccounts(run: ShardRun): void {
  for (const [name, { account }] of run.tenants) {
    const tenant = account && resolveTenant(name, run.vault.map);
    if (tenant && isTenant(tenant)) {
      keep(run, name, settleAccount(account, pinnedAccount(tenant)));
    }
  }
}

async function owedChecks(run: ShardRun, standing: readonly Standing[]): Promise<Owed[]> {
  const codes = newCodes(run);
  if (codes.length === 0) {
    return [];
  }
  const owed = await Promise.all(standing.map((one) => owedCheck(run, one, codes)));
  return owed.filter((one) => one !== null);
}

/** Returns what is to be asked for a tenant, or null where nothing is. */
async function owedCheck(
  run: ShardRun,
  { name, credential, accessToken }: Standing,
  codes: readonly string[],
): Promise<Owed | null> {
  const tenant = resolveTenant(name, run.vault.map);
  if (!isTenant(tenant) || !tenant.provider.account) {
    return null;
  }
  const { knowledge } = run.ledger;
  const consent = codes.findLast((code) => isOfConsent(knowledge, credential, code));
  const noted = run.tenants.get(name)?.account?.consent;
  if (consent === undefined || consent === noted) {
    return null;
  }
  const token = await accessToken();
  return token === null ? null : { tenant, consent, accessToken: token };
}

/** Returns the codes that this run exchanged, or a run that did not come to its end. */
function newCodes({ seenKeys, ledger }: ShardRun): string[] {
  const entries = [...seenKeys].flatMap((key) => ledger.entryOf(key)?.entry ?? []);
  const sent = entries.filter(({ kind, unsent }) => kind === 'code' && !unsent);
  sent.sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
  return sent.flatMap(({ spent }) => spent ?? []);
}

/** Returns the accounts that a platform names, none where it does not answer. */
async function askPlatform(
  { ports }: ShardRun,
  { tenant, accessToken }: Owed,
  timeoutMs: number,
): Promise<string[]> {
  const generated = { uuid: randomUUID(), nowMs: ports.clock.now() };
  const request = accountRequest(tenant, accessToken, generated);
  if (request === null) {
    return [];
  }
  const answer = await ports.http.send(request, timeoutMs);
  return readAccounts(tenant, answer);
}

function note(run: ShardRun, { tenant, consent }: Owed, accounts: readonly string[]): void {
  const { name, provider } = tenant;
  const replaced = earlierCredential(run.ledger.knowledge, name);
  const before = run.tenants.get(name)?.account;
  const noted = noteAccounts(before, {
    code: consent,
    accounts,
    replaced,
  });
  keep(run, name, settleAccount(noted, pinnedAccount(tenant)));
  if (accounts.length > 0) {
    return;
  }
  run.ports.log({
    level: 'warn',
    message: 'the platform did not tell from whose account a consent came',
    shard: run.shard,
    tenant: name,
    provider: provider.id,
  });
}

function keep(run: ShardRun, name: string, account: TenantAccount): void {
  const state = run.tenants.get(name) ?? newTenantState;
  if (state.account === account) {
    return;
  }
  run.tenants = new Map([...run.tenants, [name, { ...state, account }]]);
}
