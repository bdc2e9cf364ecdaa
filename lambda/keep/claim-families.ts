import pLimit from 'p-limit';
import { fingerprint } from '../fingerprint.ts';
import type { Family } from '../history/families.ts';
import type { Held, Restoration } from '../history/restore.ts';
import { turnOf } from '../history/stamp.ts';
import type { CredentialEdit } from '../map/vault-map.ts';
import { claimFamily, claimNewFamily } from './claim-family.ts';
import { indexCredential, isIndexed } from './index-credential.ts';
import { undurable } from './ledger.ts';
import { AT_ONCE } from './read-archive.ts';
import type { ShardRun } from './shard-run.ts';
import { sparing } from './withhold.ts';

/**
 * Asks whose the wanted families are, and takes those that nobody owns. Tenants of a family that
 * another shard owns become foreign. Throws StoreError.
 */
export async function claimFamilies(run: ShardRun, wanted: readonly Restoration[]): Promise<void> {
  const claimants = new Map<Family, string[]>();
  for (const { family, tenant } of wanted) {
    // What a claim takes over would outrank an answer that cannot be read.
    if (!family || family.own || run.untold.has(tenant)) {
      continue;
    }
    const others = claimants.get(family) ?? [];
    claimants.set(family, [...others, tenant]);
  }
  await pLimit(AT_ONCE).map([...claimants], ([family, tenants]) =>
    sparing(run, tenants, async () => {
      const [first = ''] = tenants;
      const isOurs = run.lease.leftMs() > 0 && (await claim(run, family, first));
      if (isOurs) {
        return;
      }
      for (const tenant of tenants) {
        run.foreign.add(tenant);
      }
    }),
  );
}

function claim(run: ShardRun, family: Family, tenant: string): Promise<boolean> {
  return isNew(run, family) ? claimNewFamily(run, family) : claimFamily(run, family, tenant);
}

/**
 * Returns whether this run adopted the family's first credential, so that no record can tell more.
 */
function isNew(run: ShardRun, family: Family): boolean {
  if (family.key === null || family.roots.size !== 1) {
    return false;
  }
  const entry = run.ledger.entryOf(family.key)?.entry;
  if (entry?.kind !== 'adopted') {
    return false;
  }
  const isOfThisRun = turnOf(entry.stamp) === run.lease.turn();
  return isOfThisRun && entry.stamp === entry.born && entry.root === entry.issued;
}

/** Puts into the index what is about to be put into the map, and what already is in it. */
export async function indexFamilies(
  run: ShardRun,
  held: readonly Held[],
  edits: Map<string, CredentialEdit>,
): Promise<void> {
  const inHand = new Set(undurable(run.ledger).map(({ entry }) => entry.issued));
  const unindexed = held.flatMap(({ tenant, refreshToken }) => {
    const put = edits.get(tenant)?.refreshToken ?? null;
    const print = put === null ? refreshToken : fingerprint(put);
    // An answer that is stored nowhere yet does not wait for the index.
    if (print === null || inHand.has(print)) {
      return [];
    }
    const family = run.ledger.knowledge.families.get(print);
    const isOurs = family?.own && print === family.current;
    return isOurs && !isIndexed(family, print) ? [{ tenant, family, print }] : [];
  });
  await pLimit(AT_ONCE).map(unindexed, async ({ tenant, family, print }) => {
    let isPut = false;
    await sparing(run, [tenant], async () => {
      isPut = await indexCredential(run, family, print);
    });
    if (isPut) {
      return;
    }
    run.foreign.add(tenant);
    edits.delete(tenant);
  });
}
