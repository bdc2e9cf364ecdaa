import pLimit from 'p-limit';
import { type Family, isInDoubt, issuedAt, rootOf } from '../history/families.ts';
import { type Restoration, restore } from '../history/restore.ts';
import { OLD } from '../history/stamp.ts';
import { type CredentialEdit, heldIn } from '../map/vault-map.ts';
import { withoutMoved } from '../map/without-moved.ts';
import { adopt, mayAdopt } from './adopt.ts';
import { claimFamilies, indexFamilies } from './claim-families.ts';
import { credentialValue } from './credential-value.ts';
import { doubtDamaged, waitsForObject } from './doubt-damaged.ts';
import { asBefore, successionIn, successionOfJoin } from './file-entry.ts';
import { learnUnknown } from './learn-unknown.ts';
import { recallFamily } from './look-up.ts';
import { AT_ONCE } from './read-archive.ts';
import type { ShardRun } from './shard-run.ts';
import { sparing, withhold } from './withhold.ts';

/**
 * Says what must be put into the map as it was read, by all that archive and index know, and
 * archives on the way what an operator put there. A credential whose successor's value is nowhere
 * stays, and is not sent. Throws StoreError.
 */
export async function planRestore(run: ShardRun): Promise<Map<string, CredentialEdit>> {
  const held = heldIn(withoutMoved(run.vault.map, run.tenants));
  run.foreign.clear();
  run.untold.clear();
  const looked = await learnUnknown(run, held);
  const damaged = { keys: run.damaged, turn: run.lease.turn(), looked };
  for (const [tenant, key] of doubtDamaged(run.ledger.knowledge, damaged)) {
    withhold(run, tenant, key);
  }
  await pLimit(AT_ONCE).map(held, ({ tenant }) =>
    sparing(run, [tenant], () => recallFamily(run, tenant)),
  );
  const wanted = restore(held, run.ledger.knowledge);
  await claimFamilies(run, wanted);
  const edits = new Map<string, CredentialEdit>();
  const unsettled = wanted.filter((restoration) => !isSettled(run, restoration));
  await pLimit(AT_ONCE).map(unsettled, async (restoration) => {
    const edit = await planEdit(run, restoration);
    if (edit) {
      edits.set(restoration.tenant, edit);
    }
  });
  await indexFamilies(run, held, edits);
  return edits;
}

/** Tells whether an entry holds what it should, and nothing is left to be filed about it. */
function isSettled(run: ShardRun, { holds, family, joins, removeCode }: Restoration): boolean {
  if (removeCode || joins || !family?.own) {
    return false;
  }
  return family.current !== null && family.current === holds && !run.takenOver.has(family);
}

async function planEdit(
  run: ShardRun,
  { tenant, holds, family, joins, removeCode }: Restoration,
): Promise<CredentialEdit | null> {
  const codeOnly = removeCode ? { refreshToken: null, removeCode } : null;
  if (!family?.own || family.current === null) {
    return codeOnly;
  }
  const isStanding = holds === family.current;
  const mustWait = run.untold.has(tenant) || waitsForObject(family);
  if (mustWait || (isInDoubt(family) && !isStanding)) {
    return codeOnly;
  }
  const value = await credentialValue(run, family, family.current);
  if (value === null && !isStanding) {
    run.ports.log({
      level: 'error',
      message: 'the successor of a spent token is not in the archive',
      shard: run.shard,
      tenant,
    });
    return codeOnly;
  }
  const isJoined = await joinFamily(run, tenant, family, { joins, value });
  if (!isJoined || isStanding) {
    return codeOnly;
  }
  return { refreshToken: value, removeCode };
}

/** Archives that a tenant is of a family now, or that this shard has taken the family over. */
async function joinFamily(
  run: ShardRun,
  tenant: string,
  family: Family,
  { joins, value }: { joins: boolean; value: string | null },
): Promise<boolean> {
  if (!joins && !run.takenOver.has(family)) {
    return true;
  }
  if (value === null) {
    return false;
  }
  const isFirst = !run.ledger.knowledge.tenants.has(tenant);
  const mayJoin = !joins || isFirst || mayAdopt(run);
  if (!mayJoin) {
    return false;
  }
  const born = family.current === null ? OLD : issuedAt(family, family.current);
  const succession = joins
    ? successionOfJoin(run, tenant, { root: rootOf(family), born })
    : successionIn(run, tenant, family);
  const isFiled = await adopt(run, {
    kind: 'adopted',
    tenant,
    credential: value,
    succession: { ...succession, ...asBefore(run, family) },
  });
  if (isFiled) {
    run.takenOver.delete(family);
  }
  return isFiled;
}
