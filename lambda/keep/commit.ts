import { fingerprint } from '../fingerprint.ts';
import { type CredentialEdit, editCredentials, heldIn, readEdited } from '../map/vault-map.ts';
import { withInboxCodes } from './inbox-codes.ts';
import { hasUnarchived, undurable } from './ledger.ts';
import { planRestore } from './plan-restore.ts';
import { readVault } from './read-vault.ts';
import { requestToken } from './request-token.ts';
import type { ShardRun } from './shard-run.ts';
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
 * Swaps the shard's vault for one in which every tenant holds its family's current credential:
 * reads the map, restores it by all that is known, makes the result current if what was read still
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
    if (run.lease.leftMs() <= 0) return 'left';
    if (!isRead) await rereadVault(run);
    isRead = false;
    const edits = withinRoom(run, await planRestore(run));
    if (edits.size === 0) return 'done';
    for (const tenant of edits.keys()) changed.add(tenant);
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
  const inHand = undurable(run.ledger);
  const edits = new Map<string, CredentialEdit>();
  for (const { tenant, refreshToken, code } of heldIn(withInboxCodes(run, vault.map))) {
    const answer = inHand.find(({ entry }) => [refreshToken, code].includes(entry.spent));
    const issued = answer?.entry.issued;
    const value = issued && run.ledger.valueOf(issued);
    if (!value) continue;
    edits.set(tenant, { refreshToken: value, removeCode: answer?.entry.kind === 'code' });
  }
  if (edits.size > 0 && (await swapVault({ ...run, vault }, edits)) !== 'done') return false;
  const map = edits.size > 0 ? (await readVault(run.ports, run.shard)).map : vault.map;
  const present = new Set(heldIn(map).map(({ refreshToken }) => refreshToken));
  for (const own of inHand) if (present.has(own.entry.issued)) own.inVault = true;
  return undurable(run.ledger).length === 0;
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
  const fits = () =>
    text === null || Buffer.byteLength(editCredentials(text, edits)) <= run.ports.vault.maxBytes;
  const byLength = [...edits]
    .filter(([, { refreshToken }]) => (refreshToken?.length ?? 0) > OVERSIZED)
    .sort(([, a], [, b]) => (b.refreshToken?.length ?? 0) - (a.refreshToken?.length ?? 0));
  for (const [tenant] of byLength) {
    if (fits()) break;
    edits.delete(tenant);
    run.tooLarge.add(tenant);
  }
  return edits;
}

/** Longer than any token that a platform is known to issue. */
const OVERSIZED = 8_192;

/** Reads the vault again, and remembers it and the credentials that it holds. */
export async function rereadVault(run: ShardRun): Promise<void> {
  const known = run.codes.length === 0 ? run.vault : null;
  const vault = await readVault(run.ports, run.shard, known);
  run.vault = { ...vault, map: withInboxCodes(run, vault.map) };
  run.ledger.noteValues(run.vault.map);
}

async function swapVault(
  run: ShardRun,
  edits: ReadonlyMap<string, CredentialEdit>,
): Promise<'done' | 'again'> {
  const { versionId, text } = run.vault;
  if (text === null) return 'done';
  const edited = editCredentials(text, edits);
  const token = requestToken({
    runId: run.lease.runId,
    versionRead: versionId,
    text: edited,
    unarchivedTurn: hasUnarchived(run.ledger) ? run.lease.turn() : null,
  });
  const result = await run.ports.vault.swap(run.shard, versionId, edited, token);
  if (result !== 'swapped') return 'again';
  run.vault = { ...run.vault, text: edited, map: readEdited(edited) };
  const put = new Set([...edits.values()].map(({ refreshToken }) => printOf(refreshToken)));
  for (const own of run.ledger.own) if (put.has(own.entry.issued)) own.inVault = true;
  return 'done';
}

function printOf(value: string | null): string | null {
  return value === null ? null : fingerprint(value);
}
