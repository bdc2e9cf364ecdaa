import { fingerprint } from '../fingerprint.ts';
import { trustIssued } from '../map/trust-issued.ts';
import {
  type CredentialEdit,
  editCredentials,
  heldIn,
  readEdited,
  type VaultMap,
} from '../map/vault-map.ts';
import { withInboxCodes } from './inbox-codes.ts';
import { hasUnarchived, undurable } from './ledger.ts';
import { planRestore } from './plan-restore.ts';
import { readVault } from './read-vault.ts';
import { requestToken, unarchivedTurnOf } from './request-token.ts';
import type { ShardRun, VaultRead } from './shard-run.ts';
import { swapUntilDone } from './swap.ts';

export type CommitResult =
  /**
   * The vault holds every current credential. `changed` are the tenants that this commit changed.
   */
  | { kind: 'committed'; changed: ReadonlySet<string> }
  /** The lease is gone: what the archive holds is left to the next run. */
  | { kind: 'left' }
  | { kind: 'failed'; cause: string };

/**
 * Swaps the shard's vault for one in which every tenant holds its family's current credential.
 * Reads the map, restores it by all that is known, makes the result current if what was read still
 * is, and begins again if it is not. Writes nothing where nothing changes. Never throws for a
 * store's fault.
 */
export async function commit(
  run: ShardRun,
  first: 'read' | 'as_read' = 'read',
): Promise<CommitResult> {
  const changed = new Set<string>();
  let isRead = first === 'as_read';
  const result = await swapUntilDone(run.ports.clock, async () => {
    if (run.lease.leftMs() <= 0) {
      return 'left';
    }
    if (!isRead) {
      await rereadVault(run);
    }
    isRead = false;
    const edits = withinRoom(run, await planRestore(run));
    if (edits.size === 0) {
      return 'done';
    }
    // What was claimed no more in that time is not in the edits. They would lose it.
    if (run.lease.leftMs() <= 0) {
      return 'left';
    }
    for (const tenant of edits.keys()) {
      changed.add(tenant);
    }
    return swapVault(run, edits);
  });
  return result.kind === 'done' ? { kind: 'committed', changed } : result;
}

/**
 * Puts answers that are stored nowhere yet into the map, each in the place of what it spent and
 * nowhere else. It needs neither archive nor lease. Nobody else can know these credentials. Returns
 * whether all of them are in the map. Throws StoreError and VaultMapError.
 */
export async function commitUndurable(run: ShardRun): Promise<boolean> {
  const vault = await readVault(run.ports, run.shard);
  const edits = undurableEdits(run, vault.map);
  if (edits.size === 0 && !holdsUnmarked(run, vault)) {
    noteInVault(run, vault.map);
  } else {
    const swapped = await swapVault({ ...run, vault }, edits);
    if (swapped !== 'done') {
      return false;
    }
    const { map } = await readVault(run.ports, run.shard);
    noteInVault(run, map);
  }
  return undurable(run.ledger).length === 0;
}

function undurableEdits(run: ShardRun, map: VaultMap): Map<string, CredentialEdit> {
  const inHand = undurable(run.ledger).map(({ entry }) => entry);
  const edits = new Map<string, CredentialEdit>();
  for (const { tenant, refreshToken, code } of heldIn(withInboxCodes(run, map))) {
    const answer = inHand.find(({ spent }) => spent === refreshToken || spent === code);
    if (!answer || answer.issued === null) {
      continue;
    }
    const value = run.ledger.valueOf(answer.issued);
    if (!value) {
      continue;
    }
    edits.set(tenant, { refreshToken: value, removeCode: answer.kind === 'code' });
  }
  return edits;
}

/** Notes which answers of this run are in the map by now. */
function noteInVault({ ledger }: ShardRun, map: VaultMap): void {
  const present = new Set(heldIn(map).map(({ refreshToken }) => refreshToken));
  for (const own of undurable(ledger)) {
    if (present.has(own.entry.issued)) {
      own.inVault = true;
    }
  }
}

/**
 * Tells whether a version that an operator saved holds an answer, an older credential that was
 * issued again. A version of this run says that it is the newest.
 */
function holdsUnmarked({ ledger, lease }: ShardRun, { versionId, map }: VaultRead): boolean {
  if (unarchivedTurnOf(versionId) === lease.turn()) {
    return false;
  }
  const held = new Set(heldIn(map).map(({ refreshToken }) => refreshToken));
  const inHand = undurable(ledger).map(({ entry }) => entry);
  return inHand.some(({ spent, issued }) => issued !== spent && held.has(issued));
}

/**
 * Leaves out the longest values while the map would not fit into its secret, so that one oversized
 * value stops nobody else. It stays in the archive.
 */
function withinRoom(
  run: ShardRun,
  edits: Map<string, CredentialEdit>,
): Map<string, CredentialEdit> {
  const { text } = run.vault;
  if (text === null) {
    return edits;
  }
  const { maxBytes } = run.ports.vault;
  const fits = () => Buffer.byteLength(editCredentials(text, edits)) <= maxBytes;
  for (const tenant of oversized(edits)) {
    if (fits()) {
      break;
    }
    edits.delete(tenant);
    run.tooLarge.add(tenant);
  }
  return edits;
}

/** Returns the tenants whose new token is oversized, that of the longest one first. */
function oversized(edits: ReadonlyMap<string, CredentialEdit>): string[] {
  const lengths = [...edits].map(([tenant, { refreshToken }]) => {
    const length = refreshToken === null ? 0 : refreshToken.length;
    return { tenant, length };
  });
  const long = lengths.filter(({ length }) => length > OVERSIZED_BYTES);
  long.sort((a, b) => b.length - a.length);
  return long.map(({ tenant }) => tenant);
}

/** Longer than any token that a platform is known to issue. */
export const OVERSIZED_BYTES = 8_192;

/** Reads the vault again, and remembers it and the credentials that it holds. */
export async function rereadVault(run: ShardRun): Promise<void> {
  const known = run.codes.length === 0 ? run.vault : null;
  const vault = await readVault(run.ports, run.shard, known);
  const map = trustIssued(vault.map, run.ledger.knowledge);
  run.vault = { ...vault, map: withInboxCodes(run, map) };
  run.newestVersionAt = Math.max(run.newestVersionAt, vault.createdAt);
  run.ledger.noteValues(run.vault.map);
}

async function swapVault(
  run: ShardRun,
  edits: ReadonlyMap<string, CredentialEdit>,
): Promise<'done' | 'again'> {
  const { versionId, text } = run.vault;
  if (text === null) {
    return 'done';
  }
  const edited = editCredentials(text, edits);
  const token = requestToken({
    runId: run.lease.runId,
    versionRead: versionId,
    text: edited,
    unarchivedTurn: hasUnarchived(run.ledger) ? run.lease.turn() : null,
  });
  const result = await run.ports.vault.swap(run.shard, versionId, edited, token);
  if (result !== 'swapped') {
    return 'again';
  }
  const map = trustIssued(readEdited(edited), run.ledger.knowledge);
  run.vault = { ...run.vault, text: edited, map };
  const values = [...edits.values()].flatMap(({ refreshToken }) => refreshToken ?? []);
  const put = new Set<string | null>(values.map(fingerprint));
  for (const own of run.ledger.own) {
    if (put.has(own.entry.issued)) {
      own.inVault = true;
    }
  }
  return 'done';
}
