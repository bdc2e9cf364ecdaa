import { marksOf } from '../ahead/tenant-marks.ts';
import type { Rhythm } from '../ahead/too-seldom.ts';
import { whyNotKept } from '../ahead/why-not-kept.ts';
import { choose } from '../ask/selection.ts';
import { type ShardView, withoutLease } from '../ask/shard-view.ts';
import { newestToken, type Token } from '../history/families.ts';
import { restore } from '../history/restore.ts';
import type { ShardState } from '../history/shard-state.ts';
import { credentialValue } from '../keep/credential-value.ts';
import { neverConnected, readInvited } from '../keep/invited.ts';
import type { Ledger } from '../keep/ledger.ts';
import { publishableCredentials } from '../keep/publish.ts';
import { type Published, type PublishedToken, parsePublished } from '../keep/published.ts';
import { readVault, refuseLostVault } from '../keep/read-vault.ts';
import type { VaultRead } from '../keep/shard-run.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { trustIssued } from '../map/trust-issued.ts';
import {
  type CredentialEdit,
  editCredentials,
  heldIn,
  parseVaultMap,
  type VaultMap,
} from '../map/vault-map.ts';
import { withoutMoved } from '../map/without-moved.ts';
import type { Outcome } from '../outcome.ts';
import type { RunPorts } from '../ports.ts';
import { shardFailure } from '../report/shard-failure.ts';
import { askIndex } from './ask-index.ts';
import { foretellJoins } from './foretell-joins.ts';
import { foretoldOutcome } from './foretold-outcome.ts';
import { measureShard } from './gauges.ts';
import { openReadOnly } from './open-read-only.ts';
import type { ShardTask } from './rotate-shard.ts';
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
  const { ports: bearing, state, ledger, untold } = await openReadOnly(ports, shard);
  const vault = await readVault(ports, shard);
  refuseLostVault(ports, shard, vault, state);
  ledger.noteValues(vault.map);
  const staying = withoutMoved(vault.map, state.tenants);
  const keptBack = await askIndex({ ports: bearing, shard, ledger }, staying);
  const edits = await planEdits(bearing, ledger, staying);
  const map = trustIssued(mapAfter(vault, edits), ledger.knowledge);
  foretellJoins(ledger.knowledge, withoutMoved(map, state.tenants));
  const tokens = await ports.accessTokens.read(shard);
  const now = ports.clock.now();
  const view: ShardView = {
    ...withoutLease,
    shard,
    namesElsewhere: task.namesElsewhere,
    map,
    knowledge: ledger.knowledge,
    tenants: state.tenants,
    published: publishedAfter(parsePublished(tokens), { ledger, map, now }),
    now,
    recovered: new Set(edits.keys()),
    foreign: keptBack.foreign,
    untold: new Map([...untold, ...keptBack.untold]),
    invited: await readInvited(ports, shard, neverConnected(map, ledger.knowledge)),
  };
  const after: ShardState = { ...state, knowledge: ledger.knowledge };
  const outcomes = choose(view, task.wanted).map((choice) =>
    foretoldOutcome(choice, shard, view.recovered.has(choice.name)),
  );
  const fullness = Math.max(
    ratio(vault.text, ports.vault.maxBytes),
    ratio(tokens?.text, ports.accessTokens.maxBytes),
  );
  return {
    kind: 'done',
    outcomes: rhythm ? warnOfRhythm(outcomes, view, { state: after, rhythm }) : outcomes,
    gauges: measureShard(shard, after, vault, fullness),
    failure: null,
  };
}

/** Returns what a run would put back into the map before it asks anybody. */
async function planEdits(
  ports: RunPorts,
  ledger: Ledger,
  map: VaultMap,
): Promise<Map<string, CredentialEdit>> {
  const edits = new Map<string, CredentialEdit>();
  for (const { tenant, family, put, removeCode } of restore(heldIn(map), ledger.knowledge)) {
    const refreshToken =
      family && put ? await credentialValue({ ports, ledger }, family, put) : null;
    if (refreshToken !== null || removeCode) {
      edits.set(tenant, { refreshToken, removeCode });
    }
  }
  return edits;
}

function mapAfter({ text, map }: VaultRead, edits: ReadonlyMap<string, CredentialEdit>): VaultMap {
  if (text === null || edits.size === 0) {
    return map;
  }
  return parseVaultMap(editCredentials(text, edits));
}

/** Describes by what a dry run publishes what waits in the archive. */
interface Waiting {
  ledger: Ledger;
  map: VaultMap;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A run publishes what waits in the archive before it decides whom to ask. */
function publishedAfter(published: Published, { ledger, map, now }: Waiting): Published {
  const after = new Map(published);
  for (const [name, issuedFor] of publishableCredentials({ ledger, vault: { map } })) {
    const token = newestToken(ledger.knowledge, name);
    if (token?.for !== issuedFor || hasEnded(token, now)) {
      continue;
    }
    const { key: archive_key, expires_at } = token;
    const before = published.get(name) ?? WITHOUT_VALUE;
    after.set(name, { ...before, expires_at, archive_key });
  }
  return after;
}

function hasEnded({ expires_at }: Token, now: number): boolean {
  return expires_at !== null && Date.parse(expires_at) <= now;
}

/** Decisions look at the end and the key alone. */
const WITHOUT_VALUE: Pick<PublishedToken, 'access_token' | 'token_type' | 'headers'> = {
  access_token: '',
  token_type: '',
  headers: {},
};

/** Where the schedule cannot keep a tenant alive, that takes the place of a lesser warning. */
function warnOfRhythm(
  outcomes: readonly Outcome[],
  { map, now }: ShardView,
  { state, rhythm }: { state: ShardState; rhythm: Rhythm },
): Outcome[] {
  return outcomes.map((outcome) => {
    const tenant = resolveTenant(outcome.tenant, map);
    if (!isTenant(tenant)) {
      return outcome;
    }
    const marks = marksOf(state, tenant.name);
    const warning = whyNotKept(tenant, marks, { rhythm, now: new Date(now) });
    return warning === null ? outcome : { ...outcome, warning };
  });
}

function ratio(text: string | null | undefined, maxBytes: number): number {
  return Buffer.byteLength(text ?? '') / maxBytes;
}
