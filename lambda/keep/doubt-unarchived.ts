import { type Family, familyOfTenant, isInDoubt, rootOf } from '../history/families.ts';
import type { Held } from '../history/restore.ts';
import { turnOf } from '../history/stamp.ts';
import { heldIn, parseVaultMap, type VaultMap } from '../map/vault-map.ts';
import type { RunPorts } from '../ports.ts';
import { fileEntry, successionIn } from './file-entry.ts';
import { hasUnarchived, type Ledger } from './ledger.ts';
import { lookUpCredential } from './look-up.ts';
import { unarchivedTurnOf } from './request-token.ts';
import type { ShardRun } from './shard-run.ts';
import { sparing } from './withhold.ts';

/** Holds the last version that a program wrote, where the archive did not have all of it. */
interface Unarchived {
  turn: number;
  map: VaultMap;
  held: readonly Held[];
}

/**
 * Reads answers that stand in the vault alone. An operator may have saved an older map over them,
 * and then nothing else has their values. After a run that did not end well, puts families in doubt
 * whose newest answer may be one of them. A platform may issue an older credential again. Where the
 * archive does not have that answer, and its run died, the credential looks like an old copy, and
 * what the archive calls current is spent. Throws StoreError.
 */
export async function doubtUnarchived(run: ShardRun): Promise<void> {
  // No run was there before the first turn.
  if (run.lease.turn() === 1) {
    return;
  }
  const unarchived = await takeUnarchived(run.ports, run.shard, run.ledger, run.lease.isClean());
  if (!unarchived) {
    return;
  }
  const { families } = run.ledger.knowledge;
  const prints = unarchived.held.flatMap(({ refreshToken }) => refreshToken ?? []);
  for (const print of prints) {
    if (!families.has(print)) {
      await sparing(run, [], () => lookUpCredential(run, print));
    }
  }
  for (const [family, tenant] of uncertainFamilies(run.ledger, unarchived)) {
    const succession = successionIn(run, tenant, family);
    await fileEntry(run, {
      kind: 'claim',
      tenant,
      succession: { ...succession, in_doubt: [rootOf(family)] },
    });
  }
}

/** Foretells doubtUnarchived after a run that ended well or not. Files nothing. Throws StoreError. */
export async function foretellDoubt(
  ports: Pick<RunPorts, 'vault'>,
  shard: string,
  ledger: Ledger,
  isClean: boolean,
): Promise<void> {
  const unarchived = await takeUnarchived(ports, shard, ledger, isClean);
  if (!unarchived) {
    return;
  }
  for (const [family] of uncertainFamilies(ledger, unarchived)) {
    family.doubted = AFTER_ALL;
  }
}

/** Sorts after every stamp. */
const AFTER_ALL = '~';

/**
 * Takes in the values that stand in the vault alone. Returns what may put families in doubt, or
 * null after a run that ended well.
 */
async function takeUnarchived(
  ports: Pick<RunPorts, 'vault'>,
  shard: string,
  ledger: Ledger,
  isClean: boolean,
): Promise<Unarchived | null> {
  if (isClean && !hasUnarchived(ledger)) {
    return null;
  }
  const unarchived = await readUnarchived(ports, shard);
  if (unarchived) {
    ledger.noteValues(unarchived.map);
  }
  return isClean ? null : unarchived;
}

async function readUnarchived(
  { vault }: Pick<RunPorts, 'vault'>,
  shard: string,
): Promise<Unarchived | null> {
  const version = await vault.lastSwapped(shard);
  if (!version) {
    return null;
  }
  const turn = unarchivedTurnOf(version.versionId);
  if (turn === null) {
    return null;
  }
  const map = parseVaultMap(version.text);
  return { turn, map, held: heldIn(map) };
}

/**
 * Returns the families of which that version holds a credential that is not the current one, though
 * nothing newer is known. A run puts every current credential into the map that it writes, so it
 * knew more than is known now. Each comes with one of its tenants.
 */
function uncertainFamilies({ knowledge }: Ledger, { turn, held }: Unarchived): Map<Family, string> {
  const uncertain = new Map<Family, string>();
  for (const { tenant, refreshToken } of held) {
    if (refreshToken === null) {
      continue;
    }
    const family = knowledge.families.get(refreshToken) ?? familyOfTenant(knowledge, tenant);
    if (!family || isInDoubt(family)) {
      continue;
    }
    const { stamp, current } = family;
    const isOlder = turnOf(stamp) < turn && current !== null;
    if (isOlder && current !== refreshToken) {
      uncertain.set(family, tenant);
    }
  }
  return uncertain;
}
