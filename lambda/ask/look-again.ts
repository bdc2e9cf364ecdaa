import type { Family } from '../history/families.ts';
import { commit, rereadVault } from '../keep/commit.ts';
import { lookDeep } from '../keep/read-archive.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { VaultMapError } from '../map/vault-map.ts';
import { StoreError } from '../ports.ts';
import { mayBeAsked } from './hindrance.ts';
import type { ShardView } from './shard-view.ts';

/** Looks for another current credential of a tenant whose credential was refused. */
export type SecondLook = (refused: Tenant) => Promise<Tenant | null>;

/**
 * Makes the second look of one run. It reads vault and archive once more, and where they hold
 * another current credential by now, commits it and returns the tenant with it. Many refused
 * tenants share one look: each gets one that begins after it asked.
 */
export function createSecondLook(run: ShardRun, view: () => ShardView): SecondLook {
  let running: Promise<boolean> = Promise.resolve(true);
  let next: Promise<boolean> | null = null;
  let waiting: Tenant[] = [];

  async function look(): Promise<boolean> {
    const refused = waiting;
    waiting = [];
    next = null;
    return tryLooking(run, refused);
  }

  return async (refused) => {
    waiting.push(refused);
    next ??= running = running.then(look, look);
    return (await next) ? findOther(run, view, refused) : null;
  };
}

async function tryLooking(run: ShardRun, refused: readonly Tenant[]): Promise<boolean> {
  const { families } = run.ledger.knowledge;
  const prints = refused.flatMap(printOf);
  const theirs = prints.flatMap((print) => families.get(print) ?? []);
  try {
    await lookDeep(run, theirs, memberOf(run, theirs));
    await rereadVault(run);
    return true;
  } catch (error) {
    if (error instanceof StoreError || error instanceof VaultMapError) {
      return false;
    }
    throw error;
  }
}

/**
 * Tells of a tenant whether it is or was in one of these families. Whom nothing knows may have been.
 * A tenant joins before a credential of a family is sent for it, so all others have no answer of
 * one. A refused tenant is looked for in every run, and must not cost what its neighbours file.
 */
function memberOf({ ledger }: ShardRun, families: readonly Family[]): (tenant: string) => boolean {
  const roots = new Set(families.flatMap((family) => [...family.roots]));
  return (tenant) => {
    const membership = ledger.knowledge.tenants.get(tenant);
    return !membership || [membership.root, ...membership.had].some((root) => roots.has(root));
  };
}

/** A commit puts the family's current credential into the map, and adopts the operator's. */
async function findOther(
  run: ShardRun,
  view: () => ShardView,
  refused: Tenant,
): Promise<Tenant | null> {
  const [print = ''] = printOf(refused);
  if (!isSucceeded(run, print) && !isReplaced(run, refused.name, print)) {
    return null;
  }
  const committed = await commit(run);
  if (committed.kind !== 'committed') {
    return null;
  }
  const next = resolveTenant(refused.name, run.vault.map);
  const isOther = isTenant(next) && next.enabled && !printOf(next).includes(print);
  return isOther && mayBeAsked(view(), next) ? next : null;
}

function isSucceeded({ ledger }: ShardRun, print: string): boolean {
  return ledger.knowledge.families.get(print)?.current !== print;
}

function isReplaced({ vault }: ShardRun, tenant: string, print: string): boolean {
  const held = resolveTenant(tenant, vault.map);
  return isTenant(held) && !printOf(held).includes(print);
}

function printOf({ credential }: Tenant): string[] {
  return credential.kind === 'none' ? [] : [credential.fingerprint];
}
