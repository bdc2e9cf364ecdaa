import type { Rhythm } from '../ahead/keeps-alive.ts';
import { whyNotKept } from '../ahead/kept-alive.ts';
import { marksOf } from '../ahead/tenant-marks.ts';
import { type Choice, choose } from '../ask/selection.ts';
import { beforeTurn, parseExchangeKey, shardPrefix } from '../history/archived-exchange.ts';
import { newestToken } from '../history/families.ts';
import type { Held } from '../history/restore.ts';
import { restore } from '../history/restore.ts';
import { newShardState, parseShardState, type ShardState } from '../history/shard-state.ts';
import { foretellDoubt } from '../keep/doubt-unarchived.ts';
import { neverConnected, readInvited } from '../keep/invited.ts';
import { type Ledger, openLedger } from '../keep/ledger.ts';
import { credentialValue } from '../keep/plan-restore.ts';
import { publishableCredentials } from '../keep/publish.ts';
import { type Published, parsePublished } from '../keep/published.ts';
import { readEntries } from '../keep/read-archive.ts';
import { readVault } from '../keep/read-vault.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import {
  type CredentialEdit,
  editCredentials,
  heldIn,
  parseVaultMap,
  type VaultMap,
} from '../map/vault-map.ts';
import type { Outcome } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { measureShard } from './gauges.ts';
import type { ShardTask } from './shard.ts';
import type { ShardReport } from './shard-report.ts';

/**
 * Says what rotateShard would do to a shard, recovery included. Calls no provider, writes nothing,
 * takes no lease. Never throws.
 */
export async function foretellShard(
  ports: RunPorts,
  task: ShardTask,
  rhythm?: Rhythm,
): Promise<ShardReport> {
  try {
    return await foretell(ports, task, rhythm);
  } catch (error) {
    return { kind: 'failed', failure: shardFailure(ports, task.shard, error) };
  }
}

async function foretell(
  ports: RunPorts,
  task: ShardTask,
  rhythm: Rhythm | undefined,
): Promise<ShardReport> {
  const { shard } = task;
  const { state, ledger } = await openReadOnly(ports, shard);
  const vault = await readVault(ports, shard);
  ledger.noteValues(vault.map);
  const edits = await planEdits({ ports, ledger }, heldIn(vault.map));
  const isChanged = vault.text !== null && edits.size > 0;
  const map = isChanged ? parseVaultMap(editCredentials(vault.text ?? '', edits)) : vault.map;
  const tokens = await ports.accessTokens.read(shard);
  const recovered = new Set(edits.keys());
  const view = {
    shard,
    namesElsewhere: task.namesElsewhere,
    map,
    knowledge: ledger.knowledge,
    tenants: state.tenants,
    published: publishedAfter(parsePublished(tokens), { ledger, map, now: ports.clock.now() }),
    now: ports.clock.now(),
    recovered,
    foreign: new Set<string>(),
    tooLarge: new Set<string>(),
    invited: await readInvited(ports, shard, neverConnected(map, ledger.knowledge)),
    adoptsLater: true,
  };
  const choices = choose(view, task.wanted);
  const fullness = Math.max(
    ratio(vault.text, ports.vault.maxBytes),
    ratio(tokens?.text, ports.accessTokens.maxBytes),
  );
  const after: ShardState = { ...state, knowledge: ledger.knowledge };
  return {
    kind: 'done',
    outcomes: choices.map((choice) => {
      const outcome = foretoldOutcome(choice, shard, recovered.has(choice.name));
      const warning =
        rhythm && warningOf(choice.name, map, { state: after, rhythm, now: view.now });
      return warning ? { ...outcome, warning } : outcome;
    }),
    gauges: measureShard(shard, after, vault, fullness),
    failure: null,
  };
}

/** A run publishes what waits in the archive before it decides whom to ask. */
function publishedAfter(
  published: Published,
  { ledger, map, now }: { ledger: Ledger; map: VaultMap; now: number },
): Published {
  const vault = { versionId: null, createdAt: 0, text: null, map };
  const after = new Map(published);
  for (const [name, issuedFor] of publishableCredentials({ ledger, vault })) {
    const token = newestToken(ledger.knowledge, name);
    const isLive = token && (token.expires_at === null || Date.parse(token.expires_at) > now);
    if (!isLive || token.for !== issuedFor) continue;
    const { key: archive_key, expires_at } = token;
    // Decisions look at the end and the key alone.
    const entry = { access_token: '', token_type: '', headers: {}, expires_at, archive_key };
    after.set(name, { ...entry, ...(published.get(name) ?? {}), expires_at, archive_key });
  }
  return after;
}

/** That the schedule cannot keep a tenant alive, in place of a lesser warning. */
function warningOf(
  name: string,
  map: VaultMap,
  { state, rhythm, now }: { state: ShardState; rhythm: Rhythm; now: number },
): string | null {
  const tenant = resolveTenant(name, map);
  if (!isTenant(tenant)) return null;
  return whyNotKept(tenant, marksOf(state, name), { rhythm, now: new Date(now) });
}

/**
 * Reads a shard's state, takes in what the archive holds and the state does not know, and doubts
 * what the next run would doubt.
 */
export async function openReadOnly(ports: RunPorts, shard: string) {
  const stored = await ports.states.read(shard);
  const state = stored ? parseShardState(stored.text) : newShardState();
  const ledger = openLedger(state);
  const from = beforeTurn(shard, state.replayed_turn + 1);
  const keys = await ports.archive.list(shardPrefix(shard), from);
  const reader = { ports, shard, ledger, seenKeys: new Set<string>() };
  await readEntries(
    reader,
    keys.filter((key) => parseExchangeKey(key) !== undefined),
  );
  const isClean = stored !== null && state.lease === null && !state.suspect;
  if (!isClean) await foretellDoubt(ports, shard, ledger);
  return { state, ledger };
}

async function planEdits(
  run: Parameters<typeof credentialValue>[0],
  held: readonly Held[],
): Promise<Map<string, CredentialEdit>> {
  const edits = new Map<string, CredentialEdit>();
  for (const { tenant, family, put, removeCode } of restore(held, run.ledger.knowledge)) {
    const refreshToken = family && put ? await credentialValue(run, family, put) : null;
    if (refreshToken !== null || removeCode) edits.set(tenant, { refreshToken, removeCode });
  }
  return edits;
}

const RECOVERY_DUE = 'a recovery is due: its newer credential would be put back from the archive';

function foretoldOutcome(choice: Choice, shard: string, recovered: boolean): Outcome {
  const about = { tenant: choice.name, shard };
  switch (choice.do) {
    case 'fail':
      return { ...about, provider: choice.provider, status: 'failed', error: choice.failure };
    case 'skip':
    case 'defer':
    case 'report_recovered': {
      const reason = recovered ? RECOVERY_DUE : choice.reason;
      return { ...about, provider: choice.provider, status: 'skipped', reason };
    }
    case 'ask': {
      const ask = `${choice.tenant.provider.title} would be asked`;
      return {
        ...about,
        provider: choice.tenant.provider.id,
        status: 'skipped',
        reason: recovered ? `${RECOVERY_DUE}, then ${ask}` : ask,
        grant_type: choice.tenant.grant,
        ...(choice.warning && { warning: choice.warning }),
      };
    }
  }
}

function ratio(text: string | null | undefined, maxBytes: number): number {
  return Buffer.byteLength(text ?? '') / maxBytes;
}
