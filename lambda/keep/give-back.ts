import pLimit from 'p-limit';
import {
  type Family,
  forgetFamily,
  forgetOldMembers,
  unreadConsents,
} from '../history/families.ts';
import { movedTo, type TenantState } from '../history/shard-state.ts';
import { heldIn } from '../map/vault-map.ts';
import { DamagedRecordError } from '../ports.ts';
import { reportDamaged } from './archived-object.ts';
import { giveBackFamily } from './give-back-family.ts';
import { LeaseLostError } from './lease.ts';
import { AT_ONCE } from './read-archive.ts';
import type { ShardRun } from './shard-run.ts';

/** The state keeps so many fingerprints of a family. The index has all of them. */
const MEMBERS_KEPT = 10;
/** The state keeps so many codes of tenants that hold none now. The index has all of them. */
const CODES_KEPT = 50;

/**
 * Gives back each family that no tenant of the map holds any more, and lets the state forget it and
 * what is old of the others. A tenant that was moved holds nothing here, though an old copy brought
 * its entry back. The state remembers its family while the entry stands, for its published token.
 * Should the run end in between, the next one asks again which families are its own. Throws
 * StoreError and LeaseLostError.
 */
export async function giveBackUnheld(
  run: ShardRun,
  tenants: ReadonlyMap<string, TenantState>,
): Promise<void> {
  const { knowledge } = run.ledger;
  const { families } = knowledge;
  const held = new Set<Family>();
  const remembered = new Set<Family>();
  const consents = unreadConsents(knowledge);
  for (const { tenant, refreshToken } of heldIn(run.vault.map)) {
    const family = families.get(refreshToken ?? '');
    const consent = consents.get(tenant);
    if (family) {
      remembered.add(family);
    }
    if (family && movedTo(tenants, tenant) === null) {
      held.add(family);
    }
    if (consent) {
      held.add(consent);
      remembered.add(consent);
    }
  }
  const unheld = [...new Set(families.values())].filter((family) => !held.has(family));
  const kept = await giveBackFamilies(run, unheld);
  for (const family of unheld) {
    if (!remembered.has(family) && !kept.has(family)) {
      forgetFamily(knowledge, family);
    }
  }
  for (const family of remembered) {
    forgetOldMembers(knowledge, family, MEMBERS_KEPT);
  }
  forgetOldCodes(run);
}

/**
 * Gives back these families. What is known of them stays for the caller to forget. Returns those
 * that could not be, each with the key of its damaged record. Throws StoreError and LeaseLostError.
 */
export async function giveBackFamilies(
  run: ShardRun,
  unheld: readonly Family[],
): Promise<ReadonlyMap<Family, string>> {
  const kept = new Map<Family, string>();
  if (unheld.length === 0) {
    return kept;
  }
  if (!run.lease.state().suspect) {
    const isStored = await run.lease.save((state) => ({ ...state, suspect: true }));
    if (!isStored) {
      throw new LeaseLostError(`the lease of shard ${run.shard} was lost`);
    }
  }
  await pLimit(AT_ONCE).map(unheld, async (family) => {
    const damaged = await tryGivingBack(run, family);
    if (damaged !== null) {
      kept.set(family, damaged);
    }
  });
  return kept;
}

/** Returns the key of a damaged record that stands in the way, or null. */
async function tryGivingBack(run: ShardRun, family: Family): Promise<string | null> {
  try {
    await giveBackFamily(run, family);
    return null;
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) {
      throw error;
    }
    reportDamaged(run, error.key);
    return error.key;
  }
}

/** A tenant that never got a credential has no other history than its codes. */
function forgetOldCodes({ vault, ledger }: ShardRun): void {
  const { codes, tenants } = ledger.knowledge;
  const held = new Set(heldIn(vault.map).map(({ code }) => code));
  const isHistory = (tenant: string | null) =>
    tenant !== null && vault.map.tenants.has(tenant) && !tenants.has(tenant);
  const idle = [...codes].filter(([print, { tenant }]) => !held.has(print) && !isHistory(tenant));
  const byAge = idle.sort(([, a], [, b]) => (a.marked < b.marked ? -1 : 1));
  for (const [print] of byAge.slice(0, Math.max(0, byAge.length - CODES_KEPT))) {
    codes.delete(print);
  }
}
