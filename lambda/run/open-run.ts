import { FOLDERS } from '../archive-folders.ts';
import { markerKey } from '../history/archived-exchange.ts';
import { familyOfTenant, forgetFamily, type Knowledge } from '../history/families.ts';
import { publishedFormerNames } from '../history/former-names.ts';
import type { ShardState, TenantState } from '../history/shard-state.ts';
import { createArchiveGate } from '../keep/archive-gate.ts';
import { waitsForObject } from '../keep/doubt-damaged.ts';
import { type Instant, instantOf } from '../keep/elapsed.ts';
import type { Lease } from '../keep/lease.ts';
import { hasLanded, openLedger } from '../keep/ledger.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { withWithheldObjects, withWithheldRecords } from '../keep/withheld-object.ts';
import { emptyMap, heldIn } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';

/**
 * Returns what a run knows when it has just taken the shard's lease. `deadlineAt` is the function's
 * end in milliseconds since the epoch.
 */
export function openRun(
  ports: RunPorts,
  shard: string,
  lease: Lease,
  {
    deadlineAt,
    toldAt = instantOf(ports.clock),
    isStopped = () => false,
  }: { deadlineAt: number; toldAt?: Instant; isStopped?: () => boolean },
): ShardRun {
  const state = lease.state();
  const ledger = openLedger(state);
  if (!lease.isClean()) {
    disown(ledger.knowledge);
  }
  const archive = withWithheldObjects(ports.archive, () => markerKey(shard, lease.turn()));
  const records = withWithheldRecords(ports.records);
  return {
    ports: { ...ports, archive, records },
    shard,
    lease,
    deadlineAt,
    toldAt,
    isStopped,
    ledger,
    gate: createArchiveGate(ports.clock),
    tenants: state.tenants,
    vault: {
      versionId: null,
      createdAt: 0,
      text: null,
      map: emptyMap(),
    },
    published: new Map(),
    publishedRead: null,
    formerNames: publishedFormerNames(state.tenants, { isFullRun: false }),
    newestVersionAt: Date.parse(state.newest_version_created_at ?? '') || 0,
    foreign: new Set(),
    untold: new Map(),
    tooLarge: new Set(),
    unlooked: new Set(),
    takenOver: new Set(),
    codes: [],
    invited: new Map(),
    asksBegan: null,
    secretHints: new Map(Object.entries(state.secret_hints)),
    sequence: 0,
    stampedAt: 0,
    attempts: new Map(),
    seenKeys: new Set(),
    damaged: new Set(),
    room: {
      vault: 0,
      accessTokens: 0,
      underWay: 0,
      waiting: [],
    },
  };
}

/**
 * Notes that the ownership of all families is not known. A run that did not end well may have given
 * some back. The index is asked for each.
 */
export function disown(knowledge: Knowledge): void {
  for (const family of new Set(knowledge.families.values())) {
    family.own = false;
  }
}

/**
 * Returns the state to store, all that the run knows, which then includes the archive up to this
 * turn.
 */
export function stateAfter(
  run: ShardRun,
  state: ShardState,
  tenants: ReadonlyMap<string, TenantState>,
): ShardState {
  forgetUnlooked(run);
  return {
    ...state,
    tenants,
    knowledge: withoutMissingKeys(run),
    secret_hints: Object.fromEntries(run.secretHints),
    form1: null,
    suspect: false,
    replayed_turn: isReplayed(run) ? run.lease.turn() : state.replayed_turn,
    newest_version_created_at:
      run.newestVersionAt === 0 ? null : new Date(run.newestVersionAt).toISOString(),
  };
}

/**
 * Tells whether the next run need not list what this one has listed. A damaged answer is met again
 * by the doubt of its family, where that is the family that the tenant holds.
 */
function isReplayed({ ledger, untold, vault }: ShardRun): boolean {
  if (!hasLanded(ledger)) {
    return false;
  }
  const { knowledge } = ledger;
  const held = new Map(heldIn(vault.map).map((one) => [one.tenant, one.refreshToken]));
  return ![...untold].some(([tenant, key]) => {
    const family = familyOfTenant(knowledge, tenant);
    const isHeld = family && family === knowledge.families.get(held.get(tenant) ?? '');
    const isMetAgain = isHeld && waitsForObject(family);
    return key.startsWith(FOLDERS.responses) && held.has(tenant) && !isMetAgain;
  });
}

/**
 * Returns the state to store after a fault, what the run learned, since an answer may be in the map
 * alone, and the next run may read an older map.
 */
export function stateAfterFault(run: ShardRun, state: ShardState): ShardState {
  if (run.ledger.own.length === 0) {
    return state;
  }
  const { replayed_turn } = state;
  return {
    ...stateAfter(run, state, run.tenants),
    suspect: true,
    replayed_turn,
  };
}

/**
 * Returns the run's knowledge without the keys of objects that the archive never got. The next run
 * files them again.
 */
function withoutMissingKeys({ ledger }: ShardRun): Knowledge {
  const missing = new Set(ledger.own.filter(({ landed }) => !landed).map(({ entry }) => entry.key));
  if (missing.size > 0) {
    for (const family of new Set(ledger.knowledge.families.values())) {
      if (family.key !== null && missing.has(family.key)) {
        family.key = null;
      }
    }
  }
  return ledger.knowledge;
}

/**
 * Forgets what the archive told of credentials that the index could not be asked about. It tells
 * when they were issued, so the next run must find them unknown again.
 */
function forgetUnlooked({ ledger, unlooked }: ShardRun): void {
  if (unlooked.size === 0) {
    return;
  }
  const { knowledge } = ledger;
  const tenants = [...knowledge.tenants.keys()];
  const held = new Set(tenants.map((tenant) => familyOfTenant(knowledge, tenant)));
  for (const print of unlooked) {
    const family = knowledge.families.get(print);
    if (family && !held.has(family)) {
      forgetFamily(knowledge, family);
    }
  }
}
