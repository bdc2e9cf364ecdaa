import pLimit from 'p-limit';
import { exchangeKey, parseExchangeKey } from '../history/archived-exchange.ts';
import { type Family, isHeld, unreadConsents } from '../history/families.ts';
import { heldIn } from '../map/vault-map.ts';
import { readArchived } from './archived-object.ts';
import { waitsForObject } from './doubt-damaged.ts';
import { asBefore, fileEntry, successionIn } from './file-entry.ts';
import { AT_ONCE } from './read-archive.ts';
import { type ShardRun, takeAttempt } from './shard-run.ts';

/**
 * The archive's lifecycle lets exchanges expire after this many days, unless it is set otherwise.
 */
const RETENTION_MS = 400 * 86_400_000;
const OLD_AFTER_MS = RETENTION_MS / 2;

/**
 * Archives again what the archive would soon let expire. That is a current credential whose newest
 * object is older than half of the retention, a tenant whose newest entry is, and an unread answer.
 * Throws StoreError.
 */
export async function fileAgain(run: ShardRun): Promise<void> {
  const standing = standingIn(run);
  const held = new Set(standing.map(({ family }) => family).filter(isHeld));
  const unread = new Set([...held, ...consentsIn(run)]);
  const old = standing.filter((one) => isFiledLongAgo(run, one));
  await pLimit(AT_ONCE).map(old, (one) => fileTenantAgain(run, one));
  for (const family of unread) {
    await fileUnreadAgain(run, family);
  }
}

/** Returns the families of codes that tenants of the map spent, and whose answers wait. */
function consentsIn({ ledger, vault }: ShardRun): Family[] {
  const consents = unreadConsents(ledger.knowledge);
  return heldIn(vault.map).flatMap(({ tenant }) => consents.get(tenant) ?? []);
}

/** A tenant that holds the current credential of a family of this shard. */
interface Standing {
  tenant: string;
  /** Its fingerprint. */
  credential: string;
  family: Family;
}

function standingIn({ ledger, vault }: ShardRun): Standing[] {
  const { families } = ledger.knowledge;
  return heldIn(vault.map).flatMap(({ tenant, refreshToken: credential }) => {
    if (credential === null) {
      return [];
    }
    const family = families.get(credential);
    if (!family?.own || family.current !== credential) {
      return [];
    }
    return [{ tenant, credential, family }];
  });
}

function isFiledLongAgo({ ledger, ports }: ShardRun, { tenant, family }: Standing): boolean {
  const { tenants, families } = ledger.knowledge;
  const membership = tenants.get(tenant);
  const isOther = !membership || families.get(membership.root) !== family;
  if (isOther || waitsForObject(family)) {
    return false;
  }
  const now = ports.clock.now();
  return isOld(filedAtOf(family.key), now) || isOld(membership.namedAt, now);
}

async function fileTenantAgain(
  run: ShardRun,
  { tenant, credential, family }: Standing,
): Promise<void> {
  const value = run.ledger.valueOf(credential);
  if (value === undefined || run.lease.leftMs() <= 0) {
    return;
  }
  const succession = { ...successionIn(run, tenant, family), ...asBefore(run, family) };
  await fileEntry(run, {
    kind: 'adopted',
    tenant,
    credential: value,
    succession,
  });
}

/** An answer that nobody can read keeps its bytes, its stamp and what it spent. */
async function fileUnreadAgain(run: ShardRun, family: Family): Promise<void> {
  const { unread } = family;
  if (!unread || !isOld(filedAtOf(unread.key), run.ports.clock.now())) {
    return;
  }
  const exchange = await readArchived(run, unread.key);
  if (exchange === null || exchange === 'damaged' || run.lease.leftMs() <= 0) {
    return;
  }
  const attempt = takeAttempt(run, exchange.tenant, 0);
  const key = exchangeKey(run.shard, run.lease.folder(), exchange.tenant, attempt);
  await run.ports.archive.put(key, exchange);
  run.ledger.takeIn(key, exchange);
  family.unread = { ...unread, key };
}

function isOld(filedAt: string | null, now: number): boolean {
  const at = Date.parse(filedAt ?? '');
  return Number.isNaN(at) || now - at > OLD_AFTER_MS;
}

function filedAtOf(key: string | null): string | null {
  if (key === null) {
    return null;
  }
  return parseExchangeKey(key)?.startedAt ?? null;
}
