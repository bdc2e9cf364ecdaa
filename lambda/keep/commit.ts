import { createHash } from 'node:crypto';
import { fingerprint } from '../fingerprint.ts';
import {
  type CredentialEdit,
  editCredentials,
  parseVaultMap,
  VaultMapError,
} from '../map/vault-map.ts';
import { StoreError } from '../ports.ts';
import { adopt, planRestore, rereadVault } from './catch-up.ts';
import type { ShardRun } from './shard-run.ts';

export type CommitResult =
  /**
   * The vault holds every current credential; `changed` are the tenants whose entry this commit
   * changed.
   */
  | { kind: 'committed'; changed: ReadonlySet<string> }
  /** The lease is gone: what the archive holds is left to the next run. */
  | { kind: 'left' }
  | { kind: 'failed'; cause: string };

const TRIES = 12;
const BACKOFF_MS = 500;

/** The faults of a store that trying again at once cannot mend. */
const FINAL = new Set<StoreError['reason']>([
  'denied',
  'too_large',
  'limit',
  'not_found',
  'invalid',
]);

/**
 * Swaps the shard's vault for one in which no tenant holds a succeeded credential: reads the map,
 * restores every tenant along the histories, makes the result current if what was read still is,
 * and begins again if it is not. Writes nothing where nothing changes. Never throws for a store's
 * fault.
 */
export async function commit(
  run: ShardRun,
  first: 'read' | 'as_read' = 'read',
): Promise<CommitResult> {
  const changed = new Set<string>();
  let cause = 'the secret was changed by others again and again';
  for (let tries = 0; tries < TRIES; tries++) {
    if (run.lease.leftMs() <= 0 && !holdsUnarchived(run)) return { kind: 'left' };
    try {
      if (tries > 0 || first === 'read') await rereadVault(run);
      if (run.lease.leftMs() > 0) await adopt(run);
      const edits = withinRights(run, await planRestore(run));
      if (edits.size === 0) return { kind: 'committed', changed };
      for (const tenant of edits.keys()) changed.add(tenant);
      if ((await swapVault(run, edits)) === 'swapped') return { kind: 'committed', changed };
    } catch (error) {
      if (error instanceof VaultMapError)
        return { kind: 'failed', cause: `the vault was changed, and ${error.message}` };
      if (!(error instanceof StoreError)) throw error;
      cause = error.message;
      if (FINAL.has(error.reason) || tries >= 2) break;
      await run.ports.clock.sleep(BACKOFF_MS * 2 ** tries);
    }
  }
  return { kind: 'failed', cause };
}

async function swapVault(
  run: ShardRun,
  edits: ReadonlyMap<string, CredentialEdit>,
): Promise<'swapped' | 'refused'> {
  const { versionId, text } = run.vault;
  if (text === null) return 'swapped';
  const edited = editCredentials(text, edits);
  const result = await run.ports.vault.swap(
    run.shard,
    versionId,
    edited,
    requestToken(run.runId, versionId, edited),
  );
  if (result === 'swapped') run.vault = { ...run.vault, text: edited, map: parseVaultMap(edited) };
  return result;
}

/**
 * The same for the same run, version read and text, so that a repeated call is one call (32 to 64
 * characters in Secrets Manager).
 */
export function requestToken(runId: string, versionRead: string | null, text: string): string {
  return createHash('sha256')
    .update(JSON.stringify([runId, versionRead, text]))
    .digest('hex');
}

/** A lease that ended leaves only this right: to write what the archive refused. */
function withinRights(
  run: ShardRun,
  edits: Map<string, CredentialEdit>,
): Map<string, CredentialEdit> {
  if (run.lease.leftMs() > 0) return edits;
  const unarchived = new Set(run.own.filter((own) => !own.landed).map((own) => own.entry.issued));
  return new Map(
    [...edits].filter(
      ([, edit]) => edit.refreshToken !== null && unarchived.has(fingerprint(edit.refreshToken)),
    ),
  );
}

function holdsUnarchived(run: ShardRun): boolean {
  return run.own.some((own) => !own.landed && own.entry.issued !== null);
}
