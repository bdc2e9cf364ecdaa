import { fingerprint } from '../fingerprint.ts';
import { currentOf, replay, senderOf } from '../history/history.ts';
import { readNews, rereadVault } from '../keep/catch-up.ts';
import { commit } from '../keep/commit.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { isTenant, resolveTenant, type Tenant } from '../map/tenant-entry.ts';
import { VaultMapError } from '../map/vault-map.ts';
import { StoreError } from '../ports.ts';
import { type Answer, askProvider } from './ask-tenant.ts';
import type { Pacer } from './pacing.ts';
import type { Choice } from './selection.ts';

/** One exchange's answer, and whom it is for. */
export interface Asked {
  names: readonly string[];
  tenant: Tenant;
  answer: Answer;
  warning?: string;
  durationMs: number;
}

type Ask = Extract<Choice, { do: 'ask' }>;

/**
 * Asks for all chosen tenants at once, each client at its own pace; tenants that hold one
 * credential share one exchange. Settles when all have: a fault of the program in one of them is
 * returned, so that the others are committed before it is thrown.
 */
export async function askAll(
  run: ShardRun,
  pacer: Pacer,
  asks: readonly Ask[],
  onAnswer: (asked: Asked) => void,
): Promise<{ asked: Asked[]; faults: unknown[] }> {
  const recheck = createRecheck(run);
  const settled = await Promise.allSettled(
    groupByCredential(asks).map(async (group) => {
      const asked = await askGroup(run, pacer, recheck, group);
      onAnswer(asked);
      return asked;
    }),
  );
  return {
    asked: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    faults: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
  };
}

async function askGroup(
  run: ShardRun,
  pacer: Pacer,
  recheck: () => Promise<boolean>,
  group: readonly Ask[],
): Promise<Asked> {
  const startedAt = run.ports.clock.now();
  const names = group.map(({ name }) => name);
  const [first] = group;
  if (!first) throw new Error('a group has no tenant');
  let { tenant } = first;
  let warning: string | undefined;
  let answer = await askProvider(run, pacer, tenant, names);
  if (needsLook(answer)) {
    const other =
      answer.grant === 'authorization_code'
        ? oldRefreshToken(run, tenant)
        : await lookAgain(run, recheck, tenant);
    if (other) {
      if (answer.grant === 'authorization_code')
        warning = 'Its authorization code brought no refresh token; the one it had stays in use.';
      const { attempts } = answer;
      tenant = other;
      answer = await askProvider(run, pacer, tenant, names);
      answer = { ...answer, attempts: answer.attempts + attempts };
    }
  }
  return {
    names,
    tenant,
    answer,
    ...(warning === undefined ? {} : { warning }),
    durationMs: run.ports.clock.now() - startedAt,
  };
}

/**
 * A refused refresh token may have been replaced by what this run had not seen; a code that brought
 * none leaves the old one.
 */
function needsLook(answer: Answer): boolean {
  if (answer.grant === 'authorization_code')
    return answer.kind === 'failed' || (answer.kind === 'issued' && answer.issued === null);
  return (
    answer.kind === 'failed' &&
    answer.grant === 'refresh_token' &&
    answer.failure.code === 'needs_authorization'
  );
}

function oldRefreshToken(run: ShardRun, tenant: Tenant): Tenant | null {
  const { refresh_token: value, credential } = tenant;
  const spent =
    credential.kind === 'authorization_code' &&
    senderOf(run.states, tenant.name, credential.fingerprint) !== undefined;
  if (!spent || value === null || !tenant.provider.grants.refresh_token) return null;
  const print = fingerprint(value);
  if (currentOf(run.states.get(tenant.name)) !== print) return null;
  return {
    ...tenant,
    grant: 'refresh_token',
    credential: { kind: 'refresh_token', value, fingerprint: print },
  };
}

/**
 * Reads vault and archive once more; where they hold another current credential by now, commits it
 * and returns the tenant with it.
 */
async function lookAgain(
  run: ShardRun,
  recheck: () => Promise<boolean>,
  { name, credential }: Tenant,
): Promise<Tenant | null> {
  const refused = credential.kind === 'none' ? null : credential.fingerprint;
  if (!(await recheck())) return null;
  const held = resolveTenant(name, run.vault.map);
  const replaced =
    isTenant(held) && held.credential.kind !== 'none' && held.credential.fingerprint !== refused;
  if (!replaced && currentOf(run.states.get(name)) === refused) return null;
  if ((await commit(run)).kind !== 'committed') return null;
  const next = resolveTenant(name, run.vault.map);
  if (
    !isTenant(next) ||
    !next.enabled ||
    next.credential.kind === 'none' ||
    next.credential.fingerprint === refused
  )
    return null;
  const current =
    next.credential.kind === 'authorization_code' ||
    currentOf(run.states.get(name)) === next.credential.fingerprint;
  return current ? next : null;
}

/**
 * Many refused tenants share one look: whoever asks gets one that begins after he asked. False
 * where vault or archive cannot be read.
 */
function createRecheck(run: ShardRun): () => Promise<boolean> {
  let running: Promise<boolean> = Promise.resolve(true);
  let next: Promise<boolean> | null = null;
  const look = async () => {
    next = null;
    try {
      const news = await readNews(run.ports, run.shard, run.lease.state().replayed_turn, run);
      run.news.push(...news);
      run.states = replay(run.states, news);
      await rereadVault(run);
      return true;
    } catch (error) {
      if (error instanceof StoreError || error instanceof VaultMapError) return false;
      throw error;
    }
  };
  return () => {
    next ??= running = running.then(look, look);
    return next;
  };
}

function groupByCredential(asks: readonly Ask[]): Ask[][] {
  const groups = new Map<string, Ask[]>();
  for (const ask of asks) {
    const { credential, client, name } = ask.tenant;
    const key =
      credential.kind === 'none' ? `tenant ${name}` : `${credential.fingerprint} ${client}`;
    groups.set(key, [...(groups.get(key) ?? []), ask]);
  }
  return [...groups.values()];
}
