import pLimit from 'p-limit';
import { issuedCredential, judge } from '../exchange/token-response.ts';
import { fingerprint } from '../fingerprint.ts';
import {
  type ArchivedExchange,
  exchangeKey,
  parseArchivedExchange,
  parseExchangeKey,
  shardPrefix,
  turnFolder,
} from '../history/archived-exchange.ts';
import {
  adoptable,
  currentOf,
  type Held,
  type ReplayEntry,
  type Restoration,
  replay,
  restore,
} from '../history/history.ts';
import { HISTORY_CAP, parseShardState } from '../history/shard-state.ts';
import {
  type CredentialEdit,
  heldIn,
  parseVaultMap,
  refreshTokensByFingerprint,
} from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import { type ShardRun, takeAttempt, type VaultRead } from './shard-run.ts';

/** Archive reads and adoptions under way at once. */
const AT_ONCE = 32;

type Known = Pick<ShardRun, 'exchanges' | 'values' | 'knownKeys'>;

/**
 * Reads the shard's vault. Throws StoreError, or VaultMapError for a text that is no tenant
 * credential map.
 */
export async function readVault(ports: Pick<RunPorts, 'vault'>, shard: string): Promise<VaultRead> {
  const version = await ports.vault.read(shard);
  if (version === null)
    return { versionId: null, createdAt: 0, text: null, map: parseVaultMap(null) };
  return {
    versionId: version.versionId,
    createdAt: version.createdAt,
    text: version.text ?? null,
    map: parseVaultMap(version.text),
  };
}

/**
 * What the archive holds that the histories do not know yet: lists it from the turn before the one
 * they know (one request), and reads what is new. For a state that was deleted that is the whole
 * archive. Throws StoreError: without the archive nothing may be asked.
 */
export async function readNews(
  ports: RunPorts,
  shard: string,
  replayedTurn: number,
  known: Known,
): Promise<ReplayEntry[]> {
  const from =
    replayedTurn > 1
      ? `${shardPrefix(shard)}${String(replayedTurn - 1).padStart(8, '0')}`
      : undefined;
  const keys = (await ports.archive.list(shardPrefix(shard), from)).filter(
    (key) => !known.knownKeys.has(key),
  );
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(
    newestPerTenant(keys).map((key) =>
      limit(async () => [key, await ports.archive.get(key)] as const),
    ),
  );
  const entries: ReplayEntry[] = [];
  for (const [key, value] of read) {
    const exchange = parseArchivedExchange(value);
    if (exchange) entries.push(learn(known, key, exchange));
    else
      ports.log({
        level: 'warn',
        message: 'an object of the archive is no exchange',
        shard,
        count: 1,
      });
  }
  for (const key of keys) known.knownKeys.add(key);
  return entries;
}

/** Takes in one exchange: its value, and what it means for the histories. */
export function learn(known: Known, key: string, exchange: ArchivedExchange): ReplayEntry {
  known.exchanges.set(key, exchange);
  known.knownKeys.add(key);
  const issued = issuedCredential(exchange);
  if (issued !== null) known.values.set(fingerprint(issued), issued);
  const judgement = exchange.grant_type === 'adopted' ? null : judge(exchange);
  const unsent = exchange.failure?.kind === 'not_sent';
  return {
    kind:
      exchange.grant_type === 'adopted'
        ? 'adopted'
        : exchange.grant_type === 'authorization_code'
          ? 'code'
          : 'exchange',
    key,
    turn: exchange.turn,
    sentAt: exchange.sent_at,
    tenant: exchange.tenant,
    spent: unsent ? null : exchange.spent,
    issued: issued === null ? null : fingerprint(issued),
    token:
      judgement?.kind === 'issued'
        ? { expiresAt: judgement.expires_at, rotatedAt: exchange.sent_at }
        : null,
  };
}

/** A history holds so many at most, so that older entries of a tenant need not be read. */
function newestPerTenant(keys: readonly string[]): string[] {
  const byTenant = new Map<string, string[]>();
  for (const key of keys) {
    const tenant = parseExchangeKey(key)?.tenant;
    if (!tenant) continue;
    const known = byTenant.get(tenant);
    if (known) known.push(key);
    else byTenant.set(tenant, [key]);
  }
  return [...byTenant.values()].flatMap((ofTenant) => ofTenant.slice(-HISTORY_CAP));
}

/**
 * Reads the vault again and remembers it: its credentials' values, and how new it is.
 */
export async function rereadVault(run: ShardRun): Promise<void> {
  run.vault = await readVault(run.ports, run.shard);
  for (const [print, value] of refreshTokensByFingerprint(run.vault.map))
    run.values.set(print, value);
}

/**
 * What must be put back into the map as it was read, with the values; a value that cannot be had
 * leaves the map's own standing.
 */
export async function planRestore(
  run: Pick<ShardRun, 'ports' | 'shard' | 'vault' | 'states'> & Known,
): Promise<Map<string, CredentialEdit>> {
  const edits = new Map<string, CredentialEdit>();
  for (const restoration of restore(heldIn(run.vault.map), run.states)) {
    const refreshToken = restoration.put === null ? null : await credentialValue(run, restoration);
    if (refreshToken !== null || restoration.removeCode)
      edits.set(restoration.tenant, { refreshToken, removeCode: restoration.removeCode });
  }
  return edits;
}

async function credentialValue(
  run: Pick<ShardRun, 'ports' | 'shard' | 'states'> & Known,
  { tenant, put }: Restoration,
): Promise<string | null> {
  if (put === null) return null;
  if (!run.values.has(put)) {
    const keys = [...run.states.values()]
      .filter((state) => currentOf(state) === put)
      .map((state) => state.credential_key);
    for (const key of new Set(keys)) {
      const exchange =
        key === null ? undefined : parseArchivedExchange(await run.ports.archive.get(key));
      if (key !== null && exchange) learn(run, key, exchange);
    }
  }
  const value = run.values.get(put) ?? null;
  if (value === null)
    run.ports.log({
      level: 'error',
      message: 'the successor of a spent token is not in the archive',
      shard: run.shard,
      tenant,
    });
  return value;
}

/**
 * Makes what an operator put into the map current, and archives it as such before it may be sent,
 * so that it too can be restored. Nothing is adopted from a version older than the newest one seen:
 * that is a stale read, or a rollback.
 */
export async function adopt(run: ShardRun): Promise<void> {
  if (run.vault.createdAt < run.newestVersionAt) return;
  run.newestVersionAt = run.vault.createdAt;
  const fresh = adoptable(heldIn(run.vault.map), run.states).filter(({ tenant }) =>
    mayAdopt(run, tenant),
  );
  const limit = pLimit(AT_ONCE);
  const adopted = await Promise.all(fresh.map((held) => limit(() => archiveAdoption(run, held))));
  const entries = adopted.filter((entry) => entry !== null);
  run.news.push(...entries);
  run.states = replay(run.states, entries);
}

function mayAdopt(run: ShardRun, tenant: string): boolean {
  return (
    run.lease.leftMs() > 0 && !run.archiveFailed.signal.aborted && !run.states.get(tenant)?.moved_to
  );
}

async function archiveAdoption(
  run: ShardRun,
  { tenant, refreshToken }: Held,
): Promise<ReplayEntry | null> {
  const value = refreshToken && run.values.get(refreshToken);
  if (!value || !mayAdopt(run, tenant)) return null;
  const now = new Date(run.ports.clock.now()).toISOString();
  const attempt = takeAttempt(run, tenant, 0);
  const key = exchangeKey(run.shard, run.lease.folder, tenant, attempt);
  const exchange: ArchivedExchange = {
    version: 1,
    tenant,
    shard: run.shard,
    provider: '',
    app: null,
    run_id: run.runId,
    turn: run.lease.turn,
    attempt,
    grant_type: 'adopted',
    spent: null,
    method: null,
    url: null,
    sent_at: now,
    received_at: now,
    status: null,
    headers: {},
    body: JSON.stringify({ refresh_token: value }),
    body_encoding: 'utf8',
    failure: null,
    vault_version_created_at: new Date(run.vault.createdAt).toISOString(),
  };
  try {
    await run.ports.archive.put(key, exchange);
  } catch {
    run.archiveFailed.abort();
    return null;
  }
  return learn(run, key, exchange);
}

/**
 * Runs look no further back than the turn before the last: an answer that came after the lease had
 * ended is filed in the newest turn as well.
 */
export async function archiveLate(run: ShardRun, exchange: ArchivedExchange): Promise<void> {
  const { states, archive, clock } = run.ports;
  try {
    const stored = await states.read(run.shard);
    const turn = stored ? parseShardState(stored.text).turn : run.lease.turn;
    if (turn > run.lease.turn)
      await archive.put(
        exchangeKey(run.shard, turnFolder(turn, clock.now()), exchange.tenant, exchange.attempt),
        exchange,
      );
  } catch {
    run.ports.log({
      level: 'error',
      message: 'a late answer could not be filed',
      shard: run.shard,
      tenant: exchange.tenant,
      turn: run.lease.turn,
    });
  }
}
