import { readExchange } from '../../lambda/exchange/archived-entry.ts';
import {
  type ArchivedExchange,
  exchangeKey,
  parseArchivedExchange,
  type Succession,
} from '../../lambda/history/archived-exchange.ts';
import {
  type Family,
  familyOfTenant,
  isHeld,
  rootOf,
  unreadConsentOf,
} from '../../lambda/history/families.ts';
import { commit } from '../../lambda/keep/commit.ts';
import { fileEntry, successionIn, successionOfJoin } from '../../lambda/keep/file-entry.ts';
import { indexCredential } from '../../lambda/keep/index-credential.ts';
import { publish } from '../../lambda/keep/publish.ts';
import { nextStamp, type ShardRun, takeAttempt } from '../../lambda/keep/shard-run.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { editCredentials, heldIn } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readingOf } from '../../lambda/providers/reading-of.ts';
import { CommandError } from '../errors.ts';
import { editMap } from '../map/edit-map.ts';
import { findTenant } from '../map/find-tenant.ts';
import { holdShards } from '../map/hold-shards.ts';

export interface Reread {
  tenant: string;
  shard: string;
  /** `read`: it issued a credential. `released`: it was let go. */
  result: 'read' | 'released';
}

type Unread = NonNullable<Family['unread']>;

/**
 * Reads the answer that holds a tenant's credential again, by the definition as it is now. What it
 * issued is committed and published like any answer. Throws CommandError where nothing is held, or
 * where the answer still cannot be read, and StoreError.
 */
export async function rereadTenant(ports: RunPorts, tenant: string): Promise<Reread> {
  return withHeldFamily(ports, tenant, async (run, family, unread) => {
    const archived = parseArchivedExchange(await run.ports.archive.get(unread.key));
    if (!archived) {
      throw new CommandError(`The archive no longer holds the answer for tenant ${tenant}.`);
    }
    const attempt = takeAttempt(run, archived.tenant, 0);
    const key = exchangeKey(run.shard, run.lease.folder(), archived.tenant, attempt);
    const exchange = {
      ...archived,
      attempt,
      ...asReadNow(run, tenant, archived),
      ...(family.current === null && { succession: joinedNow(run, tenant, family) }),
    };
    if (readExchange(key, exchange).issued === null) {
      throw stillUnread(tenant);
    }
    await run.ports.archive.put(key, exchange);
    run.ledger.takeIn(key, exchange);
    return { tenant, shard: run.shard, result: 'read' };
  });
}

/**
 * Lets go of the answer that holds a tenant's credential. The next run sends the credential again.
 * Throws CommandError and StoreError.
 */
export async function releaseTenant(ports: RunPorts, tenant: string): Promise<Reread> {
  return withHeldFamily(ports, tenant, async (run, family, { spent }) => {
    const succession = { ...successionIn(run, tenant, family), born: null };
    await fileEntry(run, {
      kind: 'released',
      tenant,
      spent,
      succession,
    });
    return { tenant, shard: run.shard, result: 'released' };
  });
}

async function withHeldFamily(
  ports: RunPorts,
  tenant: string,
  work: (run: ShardRun, family: Family, unread: Unread) => Promise<Reread>,
): Promise<Reread> {
  const { shard } = await findTenant(ports, tenant);
  return holdShards(ports, [shard], async ({ run }) => {
    const { knowledge } = run.ledger;
    const family = unreadConsentOf(knowledge, tenant) ?? familyOfTenant(knowledge, tenant);
    if (!family?.unread || !isHeld(family)) {
      throw new CommandError(`No answer of tenant ${tenant} waits to be read.`);
    }
    const result = await work(run, family, family.unread);
    await fillEmptyEntry(run, tenant);
    await commit(run);
    await publish(run, 'all');
    return result;
  });
}

/**
 * The tenant joins the family of its code now. Meanwhile it went on with what its entry held beside
 * the code, and that is over.
 */
function joinedNow(run: ShardRun, tenant: string, family: Family): Succession {
  const stamp = family.unread?.stamp ?? nextStamp(run);
  const joined = successionOfJoin(run, tenant, { root: rootOf(family), born: null });
  return { ...joined, stamp, born: null };
}

/** A code leaves its entry when it is sent. Then nothing is there that a commit would replace. */
async function fillEmptyEntry(run: ShardRun, tenant: string): Promise<void> {
  const held = heldIn(run.vault.map).find((entry) => entry.tenant === tenant);
  const family = familyOfTenant(run.ledger.knowledge, tenant);
  const current = family?.current ?? null;
  if (!held || held.refreshToken !== null || held.code !== null || !family || !current) {
    return;
  }
  const refreshToken = run.ledger.valueOf(current);
  if (refreshToken === undefined || !(await indexCredential(run, family, current))) {
    return;
  }
  const edits = new Map([[tenant, { refreshToken, removeCode: false }]]);
  await editMap(run.ports.vault, run.shard, (text) => editCredentials(text, edits));
}

/** The answer keeps its bytes, its stamp and what it spent. */
function asReadNow(
  run: ShardRun,
  name: string,
  { grant_type }: ArchivedExchange,
): Pick<ArchivedExchange, 'grant_type' | 'reading'> {
  const tenant = resolveTenant(name, run.vault.map);
  if (!isTenant(tenant)) {
    throw new CommandError(`${tenant.message} ${tenant.next_step}`);
  }
  return { grant_type: 'reread', reading: readingOf(tenant.provider, grant_type) };
}

function stillUnread(tenant: string): CommandError {
  return new CommandError(
    `The answer of tenant ${tenant} holds no refresh token where its provider's definition ` +
      `looks for one. Look at it: tokens history ${tenant}. If it holds none, let it go: ` +
      `tokens reread ${tenant} --release`,
  );
}
